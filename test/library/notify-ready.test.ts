import {spawnSync} from 'node:child_process';
import {closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {tellReady} from '../../src/library/notify-ready.js';

/** Opened by Node itself, which warns of descriptors in its threads that it does not know. */
function pipe(t: ExecutionContext): {readonly readEnd: number; readonly writeEnd: number} {
  const directory = mkdtempSync('/tmp/ssdt-');
  t.teardown(() => rmSync(directory, {recursive: true}));
  const path = join(directory, 'fifo');
  spawnSync('mkfifo', [path]);
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return {readEnd, writeEnd: openSync(path, 'w')};
}

/** What it throws: the code, and whether the message is one line. */
async function codeOf(t: ExecutionContext, env: Record<string, string | undefined>): Promise<string> {
  const error = (await t.throwsAsync(tellReady(env))) as Error & {code: string};
  t.notRegex(error.message, /\n/);
  return error.code;
}

test('a newline is written to the descriptor, which is closed, and a second call does nothing', async t => {
  const {readEnd, writeEnd} = pipe(t);
  const env: Record<string, string | undefined> = {SSD_READY_FD: String(writeEnd)};
  await tellReady(env);
  t.false('SSD_READY_FD' in env);
  await tellReady(env);
  const buffer = Buffer.alloc(10);
  t.is(buffer.toString('utf8', 0, readSync(readEnd, buffer)), '\n');
  // The end of the file: nobody has the other end open.
  t.is(readSync(readEnd, buffer), 0);
  closeSync(readEnd);
});

test('without a reader nothing is thrown', async t => {
  const {readEnd, writeEnd} = pipe(t);
  closeSync(readEnd);
  await t.notThrowsAsync(tellReady({SSD_READY_FD: String(writeEnd)}));
});

for (const value of ['', 'x', '-1', '3.5', 'NaN', '1e1', ' 3', '99999999', '9999999']) {
  test(`SSD_READY_FD=${value} is an error`, async t => {
    t.is(await codeOf(t, {SSD_READY_FD: value}), 'ready-fd-invalid');
  });
}

test('nothing is written to a descriptor that is not a pipe', async t => {
  const directory = mkdtempSync('/tmp/ssdt-');
  t.teardown(() => rmSync(directory, {recursive: true}));
  const path = join(directory, 'file');
  writeFileSync(path, 'mine');
  const fd = openSync(path, 'r+');
  t.is(await codeOf(t, {SSD_READY_FD: String(fd)}), 'ready-fd-invalid');
  const buffer = Buffer.alloc(10);
  t.is(buffer.toString('utf8', 0, readSync(fd, buffer)), 'mine');
  closeSync(fd);
});

test('with neither variable it resolves', async t => {
  await t.notThrowsAsync(tellReady({}));
  await t.notThrowsAsync(tellReady({NOTIFY_SOCKET: ''}));
});

test('the error says that systemd-notify is missing or has failed', async t => {
  const directory = mkdtempSync('/tmp/ssdt-');
  t.teardown(() => rmSync(directory, {recursive: true}));
  const env = {NOTIFY_SOCKET: '@x', PATH: directory};
  t.is(await codeOf(t, env), 'systemd-notify-missing');
  writeFileSync(join(directory, 'systemd-notify'), '#!/bin/sh\necho no such >&2\necho luck >&2\nexit 1\n', {
    mode: 0o755,
  });
  t.is(await codeOf(t, env), 'systemd-notify-failed');
});
