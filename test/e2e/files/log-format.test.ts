import {readFileSync, rmSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {restart, stop} from '../../helpers/clients/control.js';
import {createRig} from '../../helpers/rig.js';

type Line = Readonly<Record<string, unknown>>;

test('with --log-format=json every line of ssd is an object with the same first fields', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--log-format=json', '--interval=0.1', '--port=127.0.0.1:0']);
  const worker = await rig.conductor.nextWorker();
  t.is((await restart(rig)).verdict, 'completed');
  await stop(rig);
  await ssd.exit();

  const text = ssd.stderr().trim().split('\n');
  for (const line of text)
    t.regex(line, /^\{"time":"[\d-]+T[\d:.]+Z","program":"ssd","pid":\d+,"event":"[a-z-]+",/);
  const lines = text.map(line => JSON.parse(line) as Line);
  t.true(lines.every(({pid, text: said}) => pid === ssd.pid && typeof said === 'string'));
  const of = (event: string) => lines.filter(line => line.event === event);
  t.like(of('starting')[0], {instance: 'perl'});
  t.like(of('listening')[0], {kind: 'tcp', fd: 3});
  t.like(of('spawned')[0], {
    generation: 1,
    workerPid: worker.pid,
    text: `generation 1 spawned, pid ${worker.pid}`,
  });
  t.like(of('ready')[1], {generation: 2});
  t.like(of('restart-ended')[0], {verdict: 'completed', generation: 2, replaced: [1]});
  t.is(of('stopped').length, 1);
});

test('lines of ssd do not count as lines of a failed worker', async t => {
  const rig = await createRig(t);
  const up = rig.path('up');
  writeFileSync(up, '');
  const ssd = rig.ssd([`--ready=exec=test -e ${up}`, `--log-file=${rig.path('log')}`, '--log-format=json']);
  const first = await rig.conductor.nextWorker();
  await first.print('from the first');
  t.is((await restart(rig)).verdict, 'completed');
  await rig.conductor.nextWorker();
  rmSync(up);
  const verdict = restart(rig);
  const second = await rig.conductor.nextWorker();
  await second.print('{"not": "ssd"}');
  second.exit(3);
  t.deepEqual((await verdict).stderr, ['{"not": "ssd"}']);
  ssd.kill('SIGTERM');
  await ssd.exit();
  t.regex(
    readFileSync(rig.path('log'), 'utf8'),
    /"event":"start-failed",.*"stderr":\["\{\\"not\\": \\"ssd\\"\}"\]/,
  );
});

test('without it, and with text, the lines have their former form', async t => {
  for (const args of [[], ['--log-format=text']]) {
    const rig = await createRig(t);
    const ssd = rig.ssd([...args, '--interval=0.1']);
    await rig.conductor.nextWorker();
    const line = await ssd.line(/generation 1 is ready/);
    t.regex(
      line,
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ssd\[\d+\]: generation 1 is ready after \S+, pid \d+$/,
    );
  }
});

test('another format is refused', async t => {
  const rig = await createRig(t);
  const {code, stderr} = await rig.runSsd(['--log-format=xml', '--', 'true']);
  t.is(code, 2);
  t.is(stderr, 'ssd: --log-format=xml: expected text or json\n');
});
