/** A process that replaces itself by execve(2), as ssd does when it is upgraded in place. */

import type {Rig} from '../rig.js';
import {jsonOf, redirected, scriptCommand, source} from './script.js';

export type Images = {
  /** For both: imports and functions. */
  readonly common: string;
  /** It ends with a call of `handOver`, which takes what a part has handed over, and what else the second one wants to know. */
  readonly before: string;
  /** It has `state` and `rest`, and calls `print` with what the test is to get, as its last act. */
  readonly after: string;
  /** The descriptors with which the first one starts, as the shell writes them. */
  readonly redirections?: string;
};

/** Runs both in one process. @returns what was printed */
export async function acrossExec(
  rig: Rig,
  {common, before, after, redirections = ''}: Images,
): Promise<unknown> {
  const prelude = `
    import {readFileSync, writeFileSync, writeSync, readSync, openSync, closeSync} from 'node:fs';
    import {execute} from '${source('daemon/system/posix-process')}';
    import {clearCloseOnExec, pipe} from '${source('daemon/system/posix')}';
    import {keepDescriptorsPrivate} from '${source('daemon/system/descriptors')}';
    ${common}
    const alive = setInterval(() => {}, 20_000);`;
  const second = `${prelude}
    keepDescriptorsPrivate();
    const {state, rest} = JSON.parse(readFileSync('handed'));
    const print = value => {
      console.log(JSON.stringify(value));
      process.exit(0);
    };
    ${after}`;
  const first = `${prelude}
    const handOver = ({state, fds}, rest = null, more = []) => {
      writeFileSync('handed', JSON.stringify({state, rest}));
      // Node has set it on all that it found at its start.
      for (const fd of [0, 1, 2, ...fds, ...more]) clearCloseOnExec(fd);
      execute(process.execPath, ${JSON.stringify(scriptCommand(second))}, process.env);
    };
    ${before}`;
  return jsonOf(rig, redirected(redirections, scriptCommand(first)));
}
