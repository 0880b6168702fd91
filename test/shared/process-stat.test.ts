import {copyFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {collectChild, spawnProcess} from '../../src/daemon/system/posix-process.js';
import {ancestry, hasEnded, readStat, stateOf} from '../../src/shared/process-stat.js';
import {endOfNow} from '../helpers/adapters/end-of.js';
import {temporaryDirectory} from '../helpers/adapters/temporary.js';
import {needs} from '../helpers/programs.js';

/** A sleeping process whose name, as the kernel has it, is that of its program. */
function sleeper(t: ExecutionContext, name: string): number {
  const path = join(temporaryDirectory(t), name);
  copyFileSync('/bin/sleep', path);
  const pid = spawnProcess({path, argv: ['sleep', '1000'], env: {}, directory: null, descriptors: []});
  t.teardown(() => {
    if (collectChild(pid) === null) process.kill(pid, 'SIGKILL');
  });
  return pid;
}

for (const name of ['plain', 'two words', 'a) Z 1 (b', ')', ') R 1 1', 'new\nline', 'ü€']) {
  test(`a process may be called ${JSON.stringify(name)}`, t => {
    const pid = sleeper(t, name);
    const stat = readStat(pid);
    t.is(stat?.parent, process.pid);
    t.regex(stat?.state ?? '', /^[RSD]$/);
    t.regex(stateOf(pid) ?? '', /^[RSD]$/);
    t.true(Number.isInteger(stat?.ticks) && (stat?.ticks ?? -1) >= 0 && (stat?.ticks ?? 1000) < 1000);
    t.false(hasEnded(pid));
  });
}

test('processor time is in ticks, and grows', t => {
  const before = readStat(process.pid)?.ticks ?? Number.NaN;
  const start = process.cpuUsage();
  const used = () => process.cpuUsage(start).user + process.cpuUsage(start).system;
  while (used() < 50_000);
  const grown = (readStat(process.pid)?.ticks ?? Number.NaN) - before;
  t.true(grown >= 3 && grown < 100, String(grown));
});

needs('python3')('a zombie has ended, and so has a process that is gone', async t => {
  const pid = sleeper(t, 'short');
  process.kill(pid, 'SIGKILL');
  endOfNow(pid);
  t.is(readStat(pid)?.state, 'Z');
  t.is(stateOf(pid), 'Z');
  t.true(hasEnded(pid));
  t.is(collectChild(pid), 9);
  t.is(readStat(pid), null);
  t.is(stateOf(pid), null);
  t.true(hasEnded(pid));
});

test('the ancestry of a process begins with itself, ends below init, and has no more than it may', t => {
  const pid = sleeper(t, 'child');
  const [own, parent, ...others] = ancestry(pid);
  t.deepEqual([own, parent], [pid, process.pid]);
  t.false(others.includes(1) || others.includes(0));
  t.deepEqual([...ancestry(pid, 1)], [pid]);
  t.deepEqual([...ancestry(1)], []);
});

test('for a pid that no process can have there is none', t => {
  for (const pid of [-1, 4_194_305, Number.NaN]) t.true(hasEnded(pid), String(pid));
});
