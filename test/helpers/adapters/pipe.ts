import {closeSync} from 'node:fs';
import net from 'node:net';
import type {ExecutionContext} from 'ava';
import {pipe} from '../../../src/daemon/system/posix.js';
import {eachLine} from '../lines.js';
import {Mailbox} from '../mailbox.js';

export type LinePipe = {
  /** For a child; `close` closes it here. */
  readonly writeEnd: number;
  readonly close: () => void;
  readonly line: () => Promise<string>;
};

/** A pipe through which a child reports, a line at a time. */
export function linePipe(t: Pick<ExecutionContext, 'teardown'>): LinePipe {
  const {readEnd, writeEnd} = pipe();
  const socket = new net.Socket({fd: readEnd, readable: true, writable: false});
  const lines = new Mailbox<string>('a line of a child');
  eachLine(socket, line => lines.put(line));
  t.teardown(() => socket.destroy());
  return {writeEnd, close: () => closeSync(writeEnd), line: () => lines.take()};
}
