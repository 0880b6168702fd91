import type {TraceSetting} from '../../log/trace-setting.js';

/** Tells what is odd about a variable. */
export type Tell = (oddity: TraceSetting) => void;
