import {readFileSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {hasEnded} from '../../../src/shared/process-stat.js';
import {restart, status} from '../../helpers/clients/control.js';
import {createRig, SERVER} from '../../helpers/rig.js';

test('the output of ssd and the workers is appended to the log file', async t => {
  const rig = await createRig(t);
  writeFileSync(rig.path('log'), 'before\n');
  const program = ['sh', '-c', `echo to stdout; echo to stderr >&2; exec ${SERVER.join(' ')}`];
  const ssd = rig.ssd([`--log-file=${rig.path('log')}`, '--interval=0.1'], program);
  const worker = await rig.conductor.nextWorker();
  await worker.print('from the worker');
  t.is((await restart(rig)).verdict, 'completed');
  ssd.kill('SIGTERM');
  await ssd.exit();

  const lines = readFileSync(rig.path('log'), 'utf8').split('\n');
  t.is(lines[0], 'before');
  for (const line of ['to stdout', 'to stderr']) t.is(lines.filter(found => found === line).length, 2);
  t.true(lines.includes('from the worker'));
  for (const said of [/ is starting, instance sh$/, /generation 2 is ready/, /all workers are gone/]) {
    t.true(lines.some(line => said.test(line)));
  }
  t.is(ssd.stderr(), '');
});

test('a refusal goes to the standard error of the start, not to the log file', async t => {
  const rig = await createRig(t);
  const log = rig.path('log');
  const args = [`--control=${rig.control}`, `--log-file=${log}`, '--', rig.path('srv')];
  // Only the kernel can tell that it cannot be executed here, so that it is tried.
  writeFileSync(rig.path('srv'), Buffer.from(`7f454c46020101${'00'.repeat(57)}`, 'hex'), {mode: 0o755});
  const {code, stderr} = await rig.runSsd(args);
  t.is(code, 1);
  t.regex(stderr, /^ssd: cannot execute \S+\/srv: .*\n$/);
  t.regex(readFileSync(log, 'utf8'), /attempt 1 failed/);
});

/** A log command that says its pid, and passes on what it reads to a file and to where ssd was started. */
const teeTo = (path: string) => `--log-file=| echo command $$ >&2; exec tee -a ${path} >&2`;

test('the log command gets the output of ssd and the workers, to the last line', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([teeTo(rig.path('log')), '--interval=0.1']);
  const worker = await rig.conductor.nextWorker();
  await worker.print('from the worker');
  await ssd.line(/^from the worker$/);
  ssd.kill('SIGTERM');
  await ssd.line(/all workers are gone/);
  t.deepEqual(await ssd.exit(), {code: 0, signal: null});
  const log = readFileSync(rig.path('log'), 'utf8');
  t.regex(log, /^\S+ ssd\[\d+\]: ssd \S+ is starting/);
  t.regex(log, /all workers are gone\n$/);
});

test('a killed log command ends no other process, is started again and loses no line', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([teeTo(rig.path('log')), '--interval=0.1']);
  const worker = await rig.conductor.nextWorker();
  const command = Number((await ssd.line(/^command \d+$/)).split(' ')[1]);
  await ssd.line(/generation 1 is ready/);

  process.kill(command, 'SIGKILL');
  // This very line is written while no command runs.
  await ssd.line(/the log command was killed by SIGKILL; it is started again/);
  await worker.print('from the same worker');
  await ssd.line(/^from the same worker$/);

  t.false(hasEnded(worker.pid));
  t.is((await restart(rig)).verdict, 'completed');
  await ssd.line(/restart completed: generation 2 replaced 1/);
  ssd.kill('SIGTERM');
  t.deepEqual(await ssd.exit(), {code: 0, signal: null});
  t.is(ssd.stderr().match(/^command \d+$/gm)?.length, 2);
});

test('a log command that does not read stops the workers that write, but not ssd', async t => {
  const rig = await createRig(t);
  const fills = ['sh', '-c', 'exec head -c 1000000 /dev/zero'];
  const ssd = rig.ssd(['--log-file=| echo there >&2; exec sleep 1000', '--interval=0.1'], fills);
  await ssd.line(/^there$/);
  t.is((await restart(rig)).verdict, 'completed');
  t.is((await status(rig)).current, 2);
  ssd.kill('SIGTERM');
  t.deepEqual(await ssd.exit(), {code: 0, signal: null});
});

test('a log command that cannot run does not stop ssd', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--log-file=| exec /no/such/command', '--interval=0.1', `--path=${rig.path('x')}`]);
  await rig.conductor.nextWorker();
  t.is((await restart(rig)).verdict, 'completed');
  ssd.kill('SIGTERM');
  t.deepEqual(await ssd.exit(), {code: 0, signal: null});
});
