/**
 * Sends messages to the service manager, without waiting and without an error for anybody. What cannot be sent is kept
 * and tried again with growing pauses; after some tries, only when there is something new to say, for an idle ssd does not
 * wake up. While it cannot be sent it is a problem.
 */
import {causeOf} from '../../shared/words/errors.js';

export type Sender = {
  /**
   * Sends the message, in its turn. One that waits already and begins with the same word gives way to it.
   *
   * @param fd goes with the message, and stays open. Such messages, and those with a name, stand beside each other.
   */
  readonly send: (message: string, fd?: number) => void;
  /** The same at once, before those that wait: what it says is of this moment. */
  readonly sendFirst: (message: string) => void;
  /** Sends the message at once with a descriptor, or not at all if others wait. @returns whether it was sent */
  readonly sendNow: (message: string, fd: number) => boolean;
  readonly dispose: () => void;
};

export type SenderParts = {
  /** Sends one datagram, with a descriptor or without. @throws a system error */
  readonly put: (message: Buffer, fd: number | null) => void;
  readonly setTimer: (act: () => void, ms: number) => () => void;
  readonly onFailed: (cause: string) => void;
  readonly onWorks: () => void;
};

export const FIRST_PAUSE_MS = 50;
export const LONGEST_PAUSE_MS = 5000;
export const TRIES = 12;

export function createSender({put, setTimer, onFailed, onWorks}: SenderParts): Sender {
  /** By what it is about, the oldest first. There are few words and listeners, so it stays small. */
  const waiting = new Map<string, Message>();
  let cancel: (() => void) | null = null;
  let failures = 0;
  let busy = false;
  const attempt = ({text, fd}: Message): boolean => {
    try {
      put(Buffer.from(text), fd);
    } catch (error) {
      onFailed(causeOf(error));
      return false;
    }
    failures = 0;
    onWorks();
    return true;
  };
  const later = () => {
    failures += 1;
    if (failures >= TRIES) return;
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
    cancel = setTimer(flush, pause);
  };
  const flush = () => {
    // Telling of a problem may lead to another message.
    if (busy) return;
    busy = true;
    cancel?.();
    cancel = null;
    if (!sendAll()) later();
    busy = false;
  };
  const sendAll = () => {
    for (const [subject, message] of waiting) {
      if (!attempt(message)) return false;
      if (waiting.get(subject)?.text === message.text) waiting.delete(subject);
    }
    return true;
  };
  const keep = (message: Message) => {
    waiting.delete(subjectOf(message));
    waiting.set(subjectOf(message), message);
  };
  const begin = (act: () => void) => {
    if (cancel || busy) return;
    if (failures >= TRIES) failures = 0;
    act();
  };
  return {
    send: (text, fd) => {
      keep({text, fd: fd ?? null});
      begin(flush);
    },
    sendFirst: text => {
      const message = {text, fd: null};
      if (attempt(message)) {
        waiting.delete(subjectOf(message));
        if (waiting.size > 0) flush();
      } else {
        keep(message);
        begin(later);
      }
    },
    sendNow: (text, fd) => waiting.size === 0 && attempt({text, fd}),
    dispose: () => cancel?.(),
  };
}

type Message = {readonly text: string; readonly fd: number | null};

/** The first word; and for what is said of a descriptor, its name. */
function subjectOf({text}: Message): string {
  const name = /^FDNAME=.*/m.exec(text)?.[0] ?? '';
  return text.slice(0, text.indexOf('=')) + name;
}
