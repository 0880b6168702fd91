/**
 * Sends messages to the service manager, without waiting and without an error for anybody. What cannot be sent is kept
 * and tried again with growing pauses; after some tries, only when there is something new to say, for an idle ssd does not
 * wake up. While it cannot be sent it is a problem.
 */
import {causeOf} from '../../shared/words/errors.js';

export type Sender = {
  /** Sends the message, in its turn. One that waits already and begins with the same word gives way to it. */
  readonly send: (message: string) => void;
  /** The same at once, before those that wait: what it says is of this moment. */
  readonly sendFirst: (message: string) => void;
  readonly dispose: () => void;
};

export type SenderParts = {
  /** Sends one datagram. @throws a system error */
  readonly put: (message: Buffer) => void;
  readonly setTimer: (act: () => void, ms: number) => () => void;
  readonly onFailed: (cause: string) => void;
  readonly onWorks: () => void;
};

export const FIRST_PAUSE_MS = 50;
export const LONGEST_PAUSE_MS = 5000;
export const TRIES = 12;

export function createSender({put, setTimer, onFailed, onWorks}: SenderParts): Sender {
  /** By the first word, the oldest first. There are few words, so it stays small. */
  const waiting = new Map<string, string>();
  let cancel: (() => void) | null = null;
  let failures = 0;
  let busy = false;
  const attempt = (message: string): boolean => {
    try {
      put(Buffer.from(message));
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
    for (const [word, message] of waiting) {
      if (!attempt(message)) return false;
      if (waiting.get(word) === message) waiting.delete(word);
    }
    return true;
  };
  const keep = (message: string) => {
    waiting.delete(wordOf(message));
    waiting.set(wordOf(message), message);
  };
  const begin = (act: () => void) => {
    if (cancel || busy) return;
    if (failures >= TRIES) failures = 0;
    act();
  };
  return {
    send: message => {
      keep(message);
      begin(flush);
    },
    sendFirst: message => {
      if (attempt(message)) {
        waiting.delete(wordOf(message));
        if (waiting.size > 0) flush();
      } else {
        keep(message);
        begin(later);
      }
    },
    dispose: () => cancel?.(),
  };
}

function wordOf(message: string): string {
  return message.slice(0, message.indexOf('='));
}
