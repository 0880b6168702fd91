/**
 * `--ready=notify`: the worker sends `READY=1` to the unix datagram socket in NOTIFY_SOCKET (sd_notify(3)).
 *
 * Anybody on the machine may send to that socket. So ssd asks the kernel for the sender (SCM_CREDENTIALS), and
 * listens only to those who speak for a worker (`speakers.ts`). A sender that has ended cannot be told from a stranger, so a
 * helper must live until ssd has read its message. systemd-notify(1) waits with `BARRIER=1`: it sends a descriptor
 * and waits until that is closed. ssd drops the descriptor on receipt, after it has handled all earlier messages.
 */
import type {ProblemFacts} from '../../../shared/protocol/problem.js';
import {MADE_AGAIN} from '../../../shared/words/describe-problem.js';
import type {Input} from '../../core/types.js';
import type {HandedOver} from '../../handover/handed-over.js';
import type {WorkerAddress} from '../worker-address.js';
import {createNotYetNamed, type NotYetNamed, type NotYetNamedState} from './not-yet-named.js';
import {notifyParents, type PlaceState} from './notify-place.js';
import {type NotifySocket, openNotifySocket} from './notify-socket.js';
import type {ReadinessContext, RevivableWatch} from './readiness.js';
import {createSpeakers, type Speakers, type SpeakersState} from './speakers.js';

const MAX_STATUS_LENGTH = 200;
const MAX_EXTENSION_MS = 24 * 60 * 60 * 1000;

/** A contract with later versions of ssd: names stay, and what is added may be missing. */
export type NotifyState = {
  /** What names its problems. */
  readonly subject: string;
  readonly socket: PlaceState;
  readonly speakers: SpeakersState;
  readonly notYetNamed: NotYetNamedState;
};

/**
 * @param revived what a former image of ssd has handed over
 * @throws a system error if it cannot open the socket
 */
export function createNotifyReadiness(
  {confinement, now, submit, problems}: ReadinessContext,
  revived: NotifyState | null = null,
): RevivableWatch<NotifyState> {
  const speakers = createSpeakers(revived?.speakers);
  const strangers = createStrangers(now);
  const tellOf = (sender: number | null) => problems.raise(ignored(sender, socket.address));
  const notYetNamed = createNotYetNamed(now, tellOf, revived?.notYetNamed);
  const hear = (data: Buffer, sender: number | null) => {
    const address = sender === null || strangers.has(sender) ? null : speakers.workerOf(sender);
    if (!address) {
      if (sender !== null) strangers.add(sender);
      if (sender === null || !notYetNamed.keep(sender, data)) tellOf(sender);
      return;
    }
    const said = parse(data.toString('utf8'));
    if (said.mainPid !== null) {
      speakers.name(address, said.mainPid);
      strangers.clear();
    }
    for (const input of inputsOf(said, {now: now(), ...address})) submit(input);
    if (said.mainPid === null) return;
    const before = notYetNamed.claim(said.mainPid);
    if (before.length > 0) problems.solve('notification', socket.address);
    for (const message of before) hear(message, said.mainPid);
  };
  const fail = (cause: string) => problems.raise({code: 'notify-socket', subject: first, cause});
  const works = () => problems.solve('notify-socket', first);
  const onBack = () => {
    fail(MADE_AGAIN);
    works();
  };
  const listener = {onMessage: hear, onFailed: fail, onWorks: works, onBack};
  const parents = notifyParents(confinement.uid !== null);
  const socket = openNotifySocket(listener, undefined, parents, revived?.socket);
  // The first address names the problem, so that it stays one problem when the socket moves.
  const first = revived?.subject ?? socket.address;
  return {
    prepare: address => {
      socket.ensure();
      return {
        env: {NOTIFY_SOCKET: socket.address},
        descriptors: [],
        onSpawned: pid => {
          if (pid === null) return;
          strangers.clear();
          speakers.add(address, pid);
        },
      };
    },
    end: address => {
      socket.drain();
      speakers.remove(address);
    },
    collect: socket.drain,
    stopAsking: () => {},
    handOver: () => handOver(first, {socket, speakers, notYetNamed}),
    dispose: () => {
      notYetNamed.dispose();
      socket.close();
    },
  };
}

function handOver(subject: string, parts: Parts): HandedOver<NotifyState> {
  const {state: socket, fds} = parts.socket.handOver();
  const {state: speakers} = parts.speakers.handOver();
  const {state: notYetNamed} = parts.notYetNamed.handOver();
  return {state: {subject, socket, speakers, notYetNamed}, fds};
}

type Parts = {
  readonly socket: NotifySocket;
  readonly speakers: Speakers;
  readonly notYetNamed: NotYetNamed;
};

function ignored(sender: number | null, subject: string): ProblemFacts {
  const why = 'its sender has ended, or is neither a worker nor a descendant of one';
  const cause = `a notification from pid ${sender ?? 'unknown'} is ignored: ${why}`;
  return {code: 'notification', subject, cause};
}

function inputsOf({status, stopping, extendMs, ready}: Said, heard: WorkerAddress & {now: number}): Input[] {
  const noted: Input = {type: 'noted', ...heard, text: status ?? null, stopping};
  return [
    ...(status !== undefined || stopping ? [noted] : []),
    ...(extendMs !== null ? [{type: 'extend', ...heard, ms: extendMs} as const] : []),
    ...(ready ? [{type: 'ready', ...heard} as const] : []),
  ];
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
  /** The process that speaks for the worker from now on. */
  readonly mainPid: number | null;
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
  const mainPid = Number(/^\d+$/.exec(assignments.get('MAINPID') ?? '')?.[0]);
  const extendMs = Math.min(microseconds / 1000, MAX_EXTENSION_MS);
  return {
    ready: assignments.get('READY') === '1',
    stopping: assignments.get('STOPPING') === '1',
    status: assignments.get('STATUS')?.slice(0, MAX_STATUS_LENGTH),
    extendMs: extendMs >= 0 ? extendMs : null,
    mainPid: mainPid > 1 ? mainPid : null,
  };
}
