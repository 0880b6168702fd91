import {spawn} from 'node:child_process';
import {once} from 'node:events';
import test from 'ava';
import {createDescent} from '../../../../src/daemon/system/processes/descendants.js';
import {createTurns} from '../../../../src/daemon/system/processes/turns.js';

const LONG_MS = 60_000;

test('children and their children are found', async t => {
  // Each says its pid. The innermost waits for the end of its standard input.
  const inner = 'echo $$; cat; exit 0';
  const script = `echo $$; sh -c '${inner}'; exit 0`;
  const child = spawn('sh', ['-c', script], {stdio: ['pipe', 'pipe', 'inherit']});
  t.teardown(() => child.kill('SIGKILL'));
  t.teardown(() => child.stdin.end());
  let said = '';
  while (said.split('\n').length < 3) said += String((await once(child.stdout, 'data'))[0]);
  const [outer = 0, below = 0] = said.split('\n').map(Number);
  const descend = await createDescent(createTurns(LONG_MS));
  const found = await descend(outer);
  t.deepEqual(found.slice(0, 2), [outer, below]);
  t.true((await descend(process.pid)).includes(below));
  t.deepEqual((await descend(below))[0], below);
});

test('a process that is gone is alone', async t => {
  const descend = await createDescent(createTurns(LONG_MS));
  t.deepEqual(await descend(2 ** 30), [2 ** 30]);
});
