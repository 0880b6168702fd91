import {type ChildProcessByStdio, spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import type {Readable, Writable} from 'node:stream';
import {fileURLToPath} from 'node:url';
import type {ExecutionContext} from 'ava';
import {connect} from '../../../src/shared/client/client.js';
import {PROTOCOL_VERSION} from '../../../src/shared/protocol/protocol.js';
import {Refusal} from '../../../src/shared/words/errors.js';
import {eachLine} from '../../helpers/lines.js';
import {Mailbox} from '../../helpers/mailbox.js';
import {needs} from '../../helpers/programs.js';

const FULL = fileURLToPath(new URL('../../../../test/fixtures/full-backlog.pl', import.meta.url));
const HELLO = {
  jsonrpc: '2.0',
  method: 'hello',
  params: {protocol: PROTOCOL_VERSION, version: '1', instance: 'app', pid: 1},
};
const run = needs('perl');

type Daemon = {readonly path: string; readonly child: ChildProcessByStdio<Writable, Readable, null>};

/** A socket at which nobody can connect until `acceptOne`. */
async function fullSocket(t: ExecutionContext): Promise<Daemon> {
  const directory = mkdtempSync('/tmp/ssdt-');
  const path = join(directory, 'control');
  const child = spawn('perl', [FULL, path], {stdio: ['pipe', 'pipe', 'inherit']});
  t.teardown(() => {
    child.kill('SIGKILL');
    rmSync(directory, {recursive: true});
  });
  const said = new Mailbox<string>('a word of the listener');
  eachLine(child.stdout, line => said.put(line));
  t.is(await said.take(), 'full');
  return {path, child};
}

run('a daemon whose backlog stays full is silent', async t => {
  const {path} = await fullSocket(t);
  const error = await t.throwsAsync(connect(path, 100), {instanceOf: Refusal});
  t.deepEqual(error?.failure, {code: 'daemon-silent', path, seconds: 0.1, pid: null});
});

run('a daemon whose backlog is full is called again until it has room', async t => {
  const {path, child} = await fullSocket(t);
  const connected = connect(path);
  // The first call, which is made at once, finds no room: there is none before these are read.
  for (let accepted = 0; accepted < 2; accepted++) child.stdin.write(`${JSON.stringify(HELLO)}\n`);
  const client = await connected;
  t.deepEqual(client.hello, HELLO.params);
  client.close();
});
