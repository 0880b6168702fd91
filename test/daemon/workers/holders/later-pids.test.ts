import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import test from 'ava';
import {watchPids} from '../../../../src/daemon/workers/holders/later-pids.js';
import {allProcesses, readStat} from '../../../../src/shared/process-stat.js';

test('a child may be later, and so may every process that started after the count', t => {
  const later = watchPids();
  const children = Array.from(
    {length: 50},
    () => spawnSync('sh', ['-c', 'echo $$'], {encoding: 'utf8'}).stdout,
  );
  const mayBe = later();
  t.true(children.every(pid => mayBe(Number(pid))));
  const own = Number(readStat(process.pid)?.startedAt);
  const young = allProcesses().filter(pid => Number(readStat(pid)?.startedAt ?? 0) > own);
  t.deepEqual(
    young.filter(pid => !mayBe(pid)),
    [],
  );
});

test('the circle of pids goes on from the largest to the smallest', t => {
  const atEnd = watchPids(largest() - 10, 0)();
  t.true(atEnd(largest() - 5));
  t.true(atEnd(300), 'the pids after the largest one');
  t.false(atEnd(largest() - 11), 'the one before ours');
});

test('a process that started long before has a pid that is too far away', t => {
  const mayBe = watchPids(20_000, 0)();
  t.false(mayBe(19_999));
  t.false(mayBe(1));
  t.true(mayBe(20_001));
});

/** proc(5), /proc/sys/kernel/pid_max. */
function largest(): number {
  return Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8'));
}
