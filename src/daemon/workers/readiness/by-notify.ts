/**
 * `--ready=notify`: the worker sends `READY=1` to the unix datagram socket in NOTIFY_SOCKET (sd_notify(3)).
 *
 * Anybody on the machine may send to that socket. So ssd asks the kernel for the sender (SCM_CREDENTIALS), and
 * listens only to a worker or a descendant of one. A sender that has ended cannot be told from a stranger, so a
 * helper must live until ssd has read its message. systemd-notify(1) waits with `BARRIER=1`: it sends a descriptor
 * and waits until that is closed. ssd drops the descriptor on receipt, after it has handled all earlier messages.
 */
import {readStat} from '../../../shared/process-stat.js';
import {MADE_AGAIN} from '../../../shared/words/describe-problem.js';
import {keyOf, type WorkerAddress} from '../worker-address.js';
import {notifyParents} from './notify-place.js';
import {openNotifySocket} from './notify-socket.js';
import type {ReadinessContext, ReadinessWatch} from './readiness.js';

/** The deepest descent from a worker to the process that speaks for it. */
const MAX_DEPTH = 32;
const MAX_STATUS_LENGTH = 200;
const MAX_EXTENSION_MS = 24 * 60 * 60 * 1000;

/** @throws a system error if it cannot open the socket */
export function createNotifyReadiness({
  confinement,
  now,
  submit,
  problems,
}: ReadinessContext): ReadinessWatch {
  const byPid = new Map<number, WorkerAddress>();
  const pids = new Map<string, number>();
  const strangers = createStrangers(now);
  const hear = (data: Buffer, sender: number | null) => {
    const address = sender === null || strangers.has(sender) ? null : workerOf(sender, byPid);
    if (!address) {
      if (sender !== null) strangers.add(sender);
      const why = 'its sender has ended, or is neither a worker nor a descendant of one';
      const cause = `a notification from pid ${sender ?? 'unknown'} is ignored: ${why}`;
      problems.raise({code: 'notification', subject: socket.address, cause});
      return;
    }
    const said = parse(data.toString('utf8'));
    const heard = {now: now(), ...address};
    if (said.status !== undefined || said.stopping) {
      submit({type: 'noted', ...heard, text: said.status ?? null, stopping: said.stopping});
    }
    if (said.extendMs !== null) submit({type: 'extend', ...heard, ms: said.extendMs});
    if (said.ready) submit({type: 'ready', ...heard});
  };
  const fail = (cause: string) => problems.raise({code: 'notify-socket', subject: first, cause});
  const works = () => problems.solve('notify-socket', first);
  const socket = openNotifySocket(
    {
      onMessage: hear,
      onFailed: fail,
      onWorks: works,
      onBack: () => {
        fail(MADE_AGAIN);
        works();
      },
    },
    undefined,
    notifyParents(confinement.uid !== null),
  );
  // The first address names the problem, so that it stays one problem when the socket moves.
  const first = socket.address;
  return {
    prepare: address => {
      socket.ensure();
      return {
        env: {NOTIFY_SOCKET: socket.address},
        descriptors: [],
        onSpawned: pid => {
          if (pid === null) return;
          strangers.clear();
          byPid.set(pid, address);
          pids.set(keyOf(address), pid);
        },
      };
    },
    end: address => {
      socket.drain();
      const pid = pids.get(keyOf(address));
      pids.delete(keyOf(address));
      if (pid !== undefined) byPid.delete(pid);
    },
    collect: socket.drain,
    stopAsking: () => {},
    dispose: socket.close,
  };
}

/**
 * Remembers for a millisecond which senders are strangers. A flood has many messages in that time, and /proc is read for
 * only one of them. Not longer, because the pid of a stranger that has ended may be given to a descendant of a worker.
 */
function createStrangers(now: () => number): Pick<Set<number>, 'has' | 'add' | 'clear'> {
  const pids = new Set<number>();
  let since = 0;
  const current = () => {
    if (now() !== since) pids.clear();
    since = now();
    return pids;
  };
  return {
    has: pid => current().has(pid),
    add: pid => current().add(pid),
    clear: () => pids.clear(),
  };
}

type Said = {
  readonly ready: boolean;
  readonly stopping: boolean;
  readonly status: string | undefined;
  readonly extendMs: number | null;
};

/**
 * Parses a message: one assignment per line (sd_notify(3)). Ignores unknown ones.
 *
 * @example parse('READY=1\nSTATUS=listening').status // 'listening'
 */
export function parse(text: string): Said {
  const assignments = new Map(
    text.split('\n').map(line => [line.split('=')[0] ?? '', line.slice(line.indexOf('=') + 1)]),
  );
  const microseconds = Number(assignments.get('EXTEND_TIMEOUT_USEC') ?? Number.NaN);
  const extendMs = Math.min(microseconds / 1000, MAX_EXTENSION_MS);
  return {
    ready: assignments.get('READY') === '1',
    stopping: assignments.get('STOPPING') === '1',
    status: assignments.get('STATUS')?.slice(0, MAX_STATUS_LENGTH),
    extendMs: extendMs >= 0 ? extendMs : null,
  };
}

/** The worker that a process is or descends from, or null. */
function workerOf(pid: number, byPid: ReadonlyMap<number, WorkerAddress>): WorkerAddress | null {
  let ancestor = pid;
  for (let depth = 0; depth < MAX_DEPTH && ancestor > 1; depth++) {
    const address = byPid.get(ancestor);
    if (address) return address;
    ancestor = readStat(ancestor)?.parent ?? 0;
  }
  return null;
}
