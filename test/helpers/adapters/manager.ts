/** A service manager for tests: a notification socket, and what was said to it. */
import type {ExecutionContext} from 'ava';
import {openNotifySocket} from '../../../src/daemon/workers/readiness/notify-socket.js';
import {Mailbox} from '../mailbox.js';

/** One message: its assignments, and who has sent it. */
export type Heard = {readonly text: string; readonly pid: number | null; readonly at: bigint};

export type FakeManager = {
  /** What ssd must find in its environment. */
  readonly env: {readonly NOTIFY_SOCKET: string};
  /** The next message that begins with one of these words; those before it are passed over. */
  readonly hear: (...words: readonly string[]) => Promise<Heard>;
  /** All that was said so far, one word a message. */
  readonly words: () => readonly string[];
  readonly texts: () => readonly string[];
  readonly close: () => void;
};

/** @param directory where the socket is; null: its address is abstract */
export function openFakeManager(t: ExecutionContext, directory: string | null): FakeManager {
  const mailbox = new Mailbox<Heard>('a message to the service manager');
  const all: string[] = [];
  let open = true;
  const socket = openNotifySocket(
    {
      onMessage: (data, pid) => {
        const text = data.toString();
        all.push(text);
        mailbox.put({text, pid, at: process.hrtime.bigint() / 1000n});
      },
      onFailed: cause => t.log(cause),
      onWorks: () => {},
    },
    undefined,
    directory === null ? [] : [directory],
  );
  const close = () => {
    if (open) socket.close();
    open = false;
  };
  t.teardown(close);
  return {
    env: {NOTIFY_SOCKET: socket.address},
    hear: async (...words) => {
      for (;;) {
        const heard = await mailbox.take();
        if (words.some(word => heard.text.startsWith(word))) return heard;
      }
    },
    words: () => all.map(text => text.slice(0, text.indexOf('='))),
    texts: () => all,
    close,
  };
}

/** The value of an assignment in a message, or null. */
export function valueIn({text}: Pick<Heard, 'text'>, name: string): string | null {
  const line = text.split('\n').find(one => one.startsWith(`${name}=`));
  return line === undefined ? null : line.slice(name.length + 1);
}
