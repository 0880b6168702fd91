/** The servers of ssd(8) and of the README in several languages: each serves, and what is printed of it is all that it needs. */
import {once} from 'node:events';
import {mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {connect} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {needs} from '../helpers/programs.js';
import {createRig} from '../helpers/rig.js';
import {askHttp, freePort} from '../helpers/sockets.js';
import {blocks, display, inRoot} from './page.js';

const lines = (contains: string) => display('ssd.8', 'WRITING A SERVER', contains);

needs('perl')('Perl', t => {
  const answers = `{ sysread $client, my $request, 65536; print $client "HTTP/1.0 200 OK\\r\\n\\r\\nhello\\n"; close $client }`;
  return serves(
    t,
    ['perl', '-w', 'server'],
    lines('$ENV{SERVER_STARTER_PORT} =').replace('{ ... }', answers),
  );
});

needs('python3')('Python', t =>
  serves(t, ['./server'], lines('#!/usr/bin/env python3').replace('generation %s', 'hello, from %s')),
);

needs('ruby')('Ruby', t => {
  const [line = ''] = lines('TCPServer.for_fd').split('\n');
  const rest =
    'loop { c = listener.accept; c.readpartial 65536; c.write "HTTP/1.0 200 OK\\r\\n\\r\\nhello\\n"; c.close }';
  return serves(t, ['ruby', '-rsocket', 'server'], `${line}\n${rest}\n`);
});

test('Node, as in ssd(8)', t => serves(t, ['node', 'server.mjs'], lines("from 'ssd-superdaemon'")));

test('Node, as in the README, without any package', async t => {
  const code = blocks('README.md').find(block => block.includes("from 'node:http'")) ?? '';
  t.false(code.includes('ssd-superdaemon'));
  t.true(readFileSync(inRoot('README.md'), 'utf8').includes(' -- node server.mjs`'));
  await serves(t, ['node', 'server.mjs'], code);
});

test('Node, as in the README, ends though a client stays connected and says nothing', async t => {
  const code = blocks('README.md').find(block => block.includes("from 'node:http'")) ?? '';
  const rig = await createRig(t);
  const port = await freePort();
  writeFileSync(rig.path('server.mjs'), code.replace('10_000', '100'));
  const ssd = rig.ssd([`--port=${port}`, '--interval=0.5'], ['node', 'server.mjs']);
  await ssd.line(/generation 1 is ready/);
  const silent = connect(port, '127.0.0.1');
  t.teardown(() => silent.destroy());
  // Whoever came before this one has been accepted when it has its answer.
  await once(silent, 'connect');
  await askHttp(port);
  ssd.kill('SIGTERM');
  t.is((await ssd.exit()).code, 0, ssd.stderr());
});

async function serves(t: ExecutionContext, program: readonly string[], source: string): Promise<void> {
  const rig = await createRig(t);
  const port = await freePort();
  mkdirSync(rig.path('node_modules'));
  symlinkSync(inRoot('.'), rig.path('node_modules/ssd-superdaemon'));
  const file = program.find(word => word.includes('server')) ?? '';
  writeFileSync(rig.path(file), source.replaceAll('8080', `${port}`), {mode: 0o755});
  const ssd = rig.ssd([`--port=${port}`, '--interval=0.5'], program);
  await ssd.line(/generation 1 is ready/);
  t.regex(await askHttp(port), /hello/);
  ssd.kill('SIGTERM');
  t.is((await ssd.exit()).code, 0, ssd.stderr());
}
