import type {PidFileState} from '../files/pid-file.js';
import type {ListenerState} from '../sockets/inherited/handed.js';

/** What the resources of the former image of this process say of themselves. A contract: later versions read it. */
export type ResourceStates = {
  /** null without `--pid-file`. */
  readonly pidFile: PidFileState | null;
  readonly listeners: readonly ListenerState[];
};
