/** The two compared programs: their command lines, and their messages on standard error. */
import {type Rig, SSD} from '../../helpers/rig.js';
import {listening} from './listening.js';

export type Peer = {
  readonly name: 'start_server' | 'ssd';
  /** The command that is the superdaemon; the arguments of a scenario follow it. */
  readonly command: (rig: Rig) => readonly string[];
  readonly says: Words;
  /** Resolves when the process takes signals for certain. */
  readonly listening: (pid: number) => Promise<void>;
};

/** What both log, each in its own words. */
type Words = {
  readonly startFailed: RegExp;
  /** A worker that serves has ended, and that was noticed. */
  readonly lost: RegExp;
  /** An old worker has ended, and that was noticed. */
  readonly oldGone: RegExp;
  /** The new generation serves, and the old one is left alone for --kill-old-delay. */
  readonly delaying: RegExp;
  /** A SIGHUP that came while a generation was starting has been taken in: lines that follow each other. */
  readonly hupWhileStarting: readonly RegExp[];
};

/** @param command the reference itself, or a copy of it with a fault */
export const startServer = (command: readonly string[] = ['start_server']): Peer => ({
  name: 'start_server',
  command: () => command,
  listening,
  says: {
    startFailed: /^new worker \d+ seems to have failed to start/,
    lost: /^worker \d+ died unexpectedly/,
    oldGone: /^old worker \d+ died/,
    delaying: /^sleeping \d+ secs before killing old workers/,
    // Between the two it looks for workers that have ended: a loss then would have it start one more.
    hupWhileStarting: [/^new worker is now running/, /^received HUP/],
  },
});

export const SSD_ITSELF: Peer = {
  name: 'ssd',
  // The one argument that start_server does not have: by default all these ssd would want the same control socket.
  command: rig => [process.execPath, SSD, `--control=${rig.control}`],
  listening: async () => {},
  says: {
    startFailed: /attempt \d+ failed:/,
    lost: /generation \d+ lost its worker/,
    oldGone: /generation \d+, pid \d+, (exited|was killed)/,
    delaying: /will be told to finish in/,
    hupWhileStarting: [/it follows the running one/],
  },
};
