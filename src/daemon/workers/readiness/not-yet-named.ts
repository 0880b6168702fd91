/**
 * Messages of processes that speak for no worker yet. A worker may name such a process later (`MAINPID=`): under load,
 * `podman run` names the monitor of its container after the monitor has passed on that the container is ready.
 *
 * Bounded in number and in time, because anybody may send.
 */
import {readStat} from '../../../shared/process-stat.js';
import type {HandedOver} from '../../handover/handed-over.js';

export type NotYetNamed = {
  /** Keeps a message. Does nothing if the sender has ended: it can no longer be named. @returns whether it is kept */
  readonly keep: (sender: number, message: Buffer) => boolean;
  /** Takes what this process has said. */
  readonly claim: (sender: number) => readonly Buffer[];
  readonly handOver: () => HandedOver<NotYetNamedState>;
  readonly dispose: () => void;
};

/** A contract with later versions of ssd: names stay, and what is added may be missing. */
export type NotYetNamedState = {
  readonly senders: readonly (Omit<Sender, 'messages'> & {
    /** In base64. */
    readonly messages: readonly string[];
  })[];
};

const MOST_SENDERS = 32;
const MOST_MESSAGES = 8;
const KEPT_MS = 10_000;
/** Who is not named by then is probably a stranger. */
const TOLD_AFTER_MS = 1000;

type Sender = {
  readonly pid: number;
  /** A pid may be given to another process. */
  readonly startedAt: string;
  readonly since: number;
  readonly messages: Buffer[];
  isTold: boolean;
};

/**
 * @param onStranger called once for each sender that nobody has named in time
 * @param revived what a former image of ssd has handed over
 */
export function createNotYetNamed(
  now: () => number,
  onStranger: (sender: number) => void,
  revived: NotYetNamedState | null = null,
): NotYetNamed {
  let senders: readonly Sender[] = (revived?.senders ?? []).map(senderFrom);
  let timer: NodeJS.Timeout | undefined;
  const arm = () => {
    timer ??= setTimeout(tell, TOLD_AFTER_MS);
  };
  const tell = () => {
    timer = undefined;
    for (const sender of senders) {
      if (sender.isTold || now() - sender.since < TOLD_AFTER_MS) continue;
      sender.isTold = true;
      onStranger(sender.pid);
    }
    if (senders.some(({isTold}) => !isTold)) arm();
  };
  if (senders.some(({isTold}) => !isTold)) arm();
  return {
    keep: (pid, message) => {
      // A flood must not cost a look at /proc for each of its messages.
      if (senders.some(one => one.pid === pid && one.messages.length >= MOST_MESSAGES)) return true;
      const startedAt = readStat(pid)?.startedAt;
      if (startedAt === undefined) return false;
      const known = senders.find(one => one.pid === pid && one.startedAt === startedAt);
      if (known) {
        known.messages.push(Buffer.from(message));
        return true;
      }
      const fresh = senders.filter(({since}) => now() - since < KEPT_MS).slice(1 - MOST_SENDERS);
      senders = [...fresh, {pid, startedAt, since: now(), messages: [Buffer.from(message)], isTold: false}];
      arm();
      return true;
    },
    claim: pid => {
      const startedAt = readStat(pid)?.startedAt;
      const found = senders.find(one => one.pid === pid && one.startedAt === startedAt);
      senders = senders.filter(one => one !== found);
      return found && now() - found.since < KEPT_MS ? found.messages : [];
    },
    handOver: () => ({state: {senders: senders.map(stateOf)}, fds: []}),
    dispose: () => clearTimeout(timer),
  };
}

function stateOf({messages, ...sender}: Sender): NotYetNamedState['senders'][number] {
  return {...sender, messages: messages.map(message => message.toString('base64'))};
}

function senderFrom({pid, startedAt, since, isTold, messages}: NotYetNamedState['senders'][number]): Sender {
  const kept = messages.map(message => Buffer.from(message, 'base64'));
  return {pid, startedAt, since, isTold, messages: kept};
}
