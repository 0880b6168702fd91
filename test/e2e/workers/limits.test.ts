/** Limits of workers, which ssd itself does not have. */
import {copyFileSync, readFileSync, rmSync} from 'node:fs';
import test from 'ava';
import {limitOf, niceOf, statusOf} from '../../helpers/adapters/proc-status.js';
import {createRig, INSTALLED, SERVER} from '../../helpers/rig.js';

test('--umask, --nice, --rlimit and --no-new-privs apply to each worker, and not to ssd', async t => {
  const rig = await createRig(t);
  const before = {nice: niceOf(process.pid), files: limitOf(process.pid, 'Max open files')};
  const nice = Math.min(before.nice + 1, 19);
  const ssd = rig.ssd([
    ...['--umask=0027', `--nice=${nice}`, '--rlimit=nofile=201:202', '--rlimit=core=0', '--no-new-privs'],
    ...[`--status-file=${rig.path('status')}`, '--interval=0.1'],
  ]);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  const {Umask, NoNewPrivs} = statusOf(worker.pid);
  t.deepEqual([Umask, NoNewPrivs, niceOf(worker.pid)], ['0027', '1', nice]);
  t.is(limitOf(worker.pid, 'Max open files'), '201 202');
  t.is(limitOf(worker.pid, 'Max core file size'), '0 0');
  t.is(readFileSync(rig.path('status'), 'utf8'), `1:${worker.pid}\n`);

  t.is(statusOf(ssd.pid).Umask, statusOf(process.pid).Umask);
  t.deepEqual({nice: niceOf(ssd.pid), files: limitOf(ssd.pid, 'Max open files')}, before);
});

test('a variable that is none in sh reaches a worker with --umask', async t => {
  const rig = await createRig(t);
  rig.ssd(['--umask=0077', '--rlimit=core=0'], SERVER, {env: {'spring.profiles': 'a'}});
  t.is((await rig.conductor.nextWorker()).env['spring.profiles'], 'a');
});

const RANGE = 'expected a whole number from -20 to 19';
const refusals: readonly (readonly [args: readonly string[], code: number, says: string | RegExp])[] = [
  [['--user=no-such'], 2, 'ssd: --user=no-such: there is no such user\n'],
  [['--group=no-such'], 2, 'ssd: --group=no-such: there is no such group\n'],
  [['--user='], 2, 'ssd: --user=: the value is empty; is a variable not set?\n'],
  [
    ['--user=64711'],
    2,
    'ssd: --user=64711: no user has this number, so its group is not known: give --group, too\n',
  ],
  [['--umask=8'], 2, 'ssd: --umask=8: expected an octal number from 0 to 0777, such as 0027\n'],
  [['--nice=20'], 2, `ssd: --nice=20: ${RANGE}\n`],
  [
    ['--rlimit=nofiles=1'],
    2,
    /^ssd: --rlimit=nofiles=1: there is no such limit \(did you mean nofile\?\); known/,
  ],
  [
    ['--rlimit=nofile=99999999999'],
    1,
    /^ssd: cannot run workers with --rlimit=nofile=99999999999: prlimit: failed to set .*; \w.*\n$/,
  ],
  [
    ['--oom-score-adj=-1000'],
    2,
    /^ssd: --oom-score-adj=-1000: ssd has \d+, and workers cannot have less than ssd\n$/,
  ],
];

for (const [args, code, says] of refusals) {
  test.serial(`${args.join(' ')} is refused at the start, and by --check`, async t => {
    const rig = await createRig(t);
    for (const mode of [[], ['--check']]) {
      const finished = await rig.runSsd([
        `--control=${rig.control}`,
        ...mode,
        ...args,
        '--',
        'sleep',
        '1000',
      ]);
      t.is(finished.code, code);
      if (typeof says === 'string') t.is(finished.stderr, says);
      else t.regex(finished.stderr, says);
    }
  });
}

test.serial('a tool that is removed later is a failed restart, which names it', async t => {
  const rig = await createRig(t);
  copyFileSync('/usr/bin/prlimit', rig.path('prlimit'));
  const env = {PATH: `.:${rig.directory}:${process.env.PATH}`};
  const ssd = rig.ssd(['--rlimit=core=0', '--interval=0.1'], SERVER, {env});
  await ssd.line(/generation 1 is ready/);
  rmSync(rig.path('prlimit'));
  const {code, stderr} = await rig.ssctl(['restart']);
  t.is(code, 1);
  t.true(stderr.includes(`cannot execute ${rig.path('prlimit')}: `), stderr);
});

test.serial('a tool that is missing is refused by name', async t => {
  const rig = await createRig(t);
  // The launcher finds Node by a PATH without the tools.
  const env = {PATH: INSTALLED.ssd.replace(/\/[^/]*$/, '')};
  const {code, stderr} = await rig.runSsd(['--rlimit=core=0', '--', '/bin/sleep', '1000'], {env});
  t.is(code, 1);
  const advice = 'there is no prlimit in PATH; install util-linux';
  t.is(stderr, `ssd: cannot run workers with --rlimit=core=0: ${advice}\n`);
});
