/** The two programs that are compared: what is run, and how each says on standard error what it does. */
import {type Rig, SSD} from '../helpers/rig.js';

export type Peer = {
  readonly name: 'start_server' | 'ssd';
  /** The command that is the superdaemon; the arguments of a scenario follow it. */
  readonly command: (rig: Rig) => readonly string[];
  readonly says: Words;
};

/** What both log, each in its own words. */
type Words = {
  readonly startFailed: RegExp;
  /** A worker that serves has ended, and that was noticed. */
  readonly lost: RegExp;
  /** An old worker has ended, and that was noticed. */
  readonly oldGone: RegExp;
  readonly stopping: RegExp;
};

/** @param command the reference itself, or a copy of it with a fault */
export const startServer = (command: readonly string[] = ['start_server']): Peer => ({
  name: 'start_server',
  command: () => command,
  says: {
    startFailed: /^new worker \d+ seems to have failed to start/,
    lost: /^worker \d+ died unexpectedly/,
    oldGone: /^old worker \d+ died/,
    stopping: /^received (TERM|INT), sending/,
  },
});

export const SSD_ITSELF: Peer = {
  name: 'ssd',
  // The one argument that start_server has not: by default all these ssd would want the same control socket.
  command: rig => [process.execPath, SSD, `--control=${rig.control}`],
  says: {
    startFailed: /attempt \d+ failed:/,
    lost: /generation \d+ lost its worker/,
    oldGone: /generation \d+, pid \d+, (exited|was killed)/,
    stopping: /stop asked/,
  },
};
