import type {Effort, Row} from '../stage/figures.js';
import {heard} from './heard.js';
import {replaced} from './replaced.js';
import {undisturbed} from './silence.js';

/** What anybody notices when a running ssd is replaced under its pid. */
export async function reexec(_: Effort): Promise<readonly Row[]> {
  return [...(await replaced()), ...(await undisturbed()), ...(await heard())];
}
