import {spawn} from 'node:child_process';
import {once} from 'node:events';
import test from 'ava';
import {measure} from '../../../../src/daemon/workers/memory/measure.js';
import {readMemory, readShare} from '../../../../src/daemon/workers/memory/read.js';
import {measureEveryMs, watchMemory} from '../../../../src/daemon/workers/memory/watch.js';
import {createRig, fixture, ROOT} from '../../../helpers/rig.js';
import {asRoot} from '../../../helpers/root.js';

const GONE = 4_194_304 + 1;
const MIB = 1024 * 1024;

test('a process is measured with its descendants, however deep', async t => {
  const shell = spawn('/bin/sh', ['-c', `perl '${fixture('taken.pl')}' 64; exit 3`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(shell.stdout, 'data');
  const pid = shell.pid ?? 0;
  t.true(((await readMemory(pid)) ?? 0) < 32 * MIB);
  const bytes = (await measure([pid])).get(pid) ?? 0;
  t.true(bytes > 64 * MIB && bytes < 128 * MIB, `${bytes}`);
  shell.stdin.end();
  t.deepEqual(await once(shell, 'exit'), [3, null]);
});

test('a process that is gone has no memory, and the others are not harmed', async t => {
  t.is(await readShare(GONE), null);
  t.is(await readMemory(GONE), null);
  t.deepEqual([...(await measure([GONE, process.pid])).keys()], [process.pid]);
});

asRoot('where the share cannot be read, the resident set size counts', async t => {
  const rig = await createRig(t);
  const code = `
    const {readMemory, readShare} = await import('${ROOT}dist/src/daemon/workers/memory/read.js');
    console.log(JSON.stringify([await readShare(${process.pid}), (await readMemory(${process.pid})) > ${MIB}]));`;
  const command = [process.execPath, '--input-type=module', '-e', code];
  const {stdout, stderr} = await rig.run(command, {uid: 64_001, cwd: '/'});
  t.is(stdout, '[null,true]\n', stderr);
});

test('what is above the limit is reported again and again, until it is over', async t => {
  const reports: number[] = [];
  await new Promise<void>((resolve, reject) => {
    const end = watchMemory({
      limit: MIB,
      everyMs: 0,
      ready: () => [
        {generation: 2, worker: 0, pid: GONE},
        {generation: 2, worker: 1, pid: process.pid},
      ],
      submit: ({type, generation, worker, bytes}) => {
        t.deepEqual([type, generation, worker, bytes > MIB], ['heavy', 2, 1, true]);
        reports.push(worker);
        if (reports.length < 2) return;
        end();
        resolve();
      },
      border: {report: (_, error) => reject(error)},
    });
    // The timer of the watch keeps nothing alive, so the test does.
    const alive = setInterval(() => {}, 1000);
    t.teardown(() => clearInterval(alive));
  });
  t.deepEqual(reports, [1, 1]);
});

test('an error is reported, and the next measurement follows', async t => {
  const errors = await new Promise<readonly string[]>(resolve => {
    const seen: string[] = [];
    const end = watchMemory({
      limit: MIB,
      everyMs: 0,
      ready: () => {
        throw new Error('no model');
      },
      submit: () => t.fail(),
      border: {
        report: (where, error) => {
          seen.push(`${where}: ${(error as Error).message}`);
          if (seen.length < 2) return;
          end();
          resolve(seen);
        },
      },
    });
    const alive = setInterval(() => {}, 1000);
    t.teardown(() => clearInterval(alive));
  });
  t.deepEqual(errors, ['the memory of workers: no model', 'the memory of workers: no model']);
});

test('a measurement follows the last one by ten seconds', t => {
  t.is(measureEveryMs({}), 10_000);
  t.is(measureEveryMs({SSD_MEASURE_MS: '50'}), 50);
  t.is(measureEveryMs({SSD_MEASURE_MS: 'soon'}), 10_000);
});
