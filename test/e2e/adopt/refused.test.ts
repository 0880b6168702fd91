/** What cannot be taken over is said in one line, and never signalled. */
import {writeFileSync} from 'node:fs';
import test from 'ava';
import {alive} from '../../helpers/processes.js';
import {ask, boundPort, createRig, INSTALLED} from '../../helpers/rig.js';
import {asRoot} from '../../helpers/root.js';
import {HELLO} from '../../helpers/servers.js';
import {orphaned, stateOf, statePath} from './stage.js';

test('a pid that was given to another process is not touched', async t => {
  const {rig, old} = await orphaned(t);
  const {generations, ...state} = stateOf(rig);
  const workers = generations.flatMap(one => one.workers).map(worker => ({...worker, startedAt: '1'}));
  const reused = {...state, generations: generations.map(one => ({...one, workers}))};
  writeFileSync(statePath(rig), JSON.stringify(reused));
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd']);
  await ssd.line(new RegExp(`pid ${old.pid} .* is not taken over: another process has this pid now`));
  t.is((await rig.conductor.nextWorker()).generation, 1);
  t.is((await rig.ssctl(['stop'])).code, 0);
  t.true(alive(old.pid));
  t.deepEqual(old.signals, []);
});

test('with --adopt=no the address is in use, as before, and a later start can still take over', async t => {
  const {rig, old, port} = await orphaned(t);
  const refused = rig.ssd([`--port=127.0.0.1:${port}`, '--adopt=no', '--ready=fd']);
  t.is((await refused.exit()).code, 1);
  t.regex(refused.stderr(), /EADDRINUSE/);
  t.deepEqual(await ask(port), {generation: 1, pid: old.pid});
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd']);
  await ssd.line(new RegExp(`generation 1 is taken over .* pid ${old.pid}`));
});

const UNUSABLE: readonly (readonly [string, (text: string) => string, RegExp])[] = [
  [
    'a later version',
    text => text.replace('"version":1', '"version":2'),
    /a later version of ssd has written it/,
  ],
  ['a truncated file', text => text.slice(0, -20), /it is not whole/],
  [
    'another boot',
    text => text.replace(/"boot":"[^"]*"/, '"boot":"x"'),
    /the machine was started anew since/,
  ],
];

for (const [what, change, reason] of UNUSABLE)
  test(`a state file is passed over: ${what}`, async t => {
    const {rig, old, port} = await orphaned(t);
    writeFileSync(statePath(rig), change(JSON.stringify(stateOf(rig))));
    const ssd = rig.ssd([`--port=127.0.0.1:${port}`, '--ready=fd']);
    t.is((await ssd.exit()).code, 1);
    t.regex(ssd.stderr(), reason);
    t.regex(ssd.stderr(), /EADDRINUSE/);
    t.true(alive(old.pid));
  });

asRoot(
  'without the right to trace, the listeners stay with the workers, and the line says what helps',
  async t => {
    const rig = await createRig(t);
    const args = ['--port=127.0.0.1:0', '--user=nobody', '--interval=0.2'];
    const first = rig.ssd(args, HELLO);
    const port = await boundPort(first);
    await first.line(/generation 1 is ready/);
    await rig.ssctl(['status']);
    const [worker] = stateOf(rig).generations[0]?.workers ?? [];
    first.kill('SIGKILL');
    await first.exit();
    const command = [INSTALLED.ssd, `--control=${rig.control}`, `--port=127.0.0.1:${port}`, '--user=nobody'];
    const powerless = ['setpriv', '--bounding-set=-sys_ptrace', ...command, '--', ...HELLO];
    const refused = await rig.run(powerless);
    t.is(refused.code, 1);
    t.regex(
      refused.stderr,
      new RegExp(`tcp 127.0.0.1:${port} is not taken over from pid ${worker?.pid} .*EPERM.*CAP_SYS_PTRACE`),
    );
    t.regex(refused.stderr, /EADDRINUSE/);
    t.true(alive(worker?.pid ?? 0));
    const ssd = rig.ssd(args, HELLO);
    await ssd.line(/restart completed: generation 2 replaced 1/);
  },
);

test('ssctl stop --orphans ends the workers by the signal of a stop, and nobody else', async t => {
  const {rig, old} = await orphaned(t, ['--signal-on-term=QUIT']);
  const whole = JSON.stringify(stateOf(rig));
  writeFileSync(
    statePath(rig),
    whole.replace(/("pid":\d+,|)"startedAt":"\d+"(?=[^}]*"phase")/g, '$1"startedAt":"1"'),
  );
  const nobody = await rig.ssctl(['stop', '--orphans']);
  t.is(nobody.code, 3, nobody.stdout);
  t.deepEqual(old.signals, []);
  writeFileSync(statePath(rig), whole);
  const {code, stdout} = await rig.ssctl(['stop', '--orphans', '--json']);
  t.is(code, 0);
  t.like(JSON.parse(stdout), {stopped: true, pid: null, orphans: [old.pid]});
  await old.gone;
  t.deepEqual(old.signals, ['SIGQUIT']);
});

test('ssctl stop --orphans --force kills those that stay', async t => {
  const {rig, old} = await orphaned(t);
  await old.beStubborn();
  t.is((await rig.ssctl(['stop', '--orphans', '--timeout=0.1'])).code, 4);
  t.true(alive(old.pid));
  t.is((await rig.ssctl(['stop', '--orphans', '--force', '--timeout=0.1'])).code, 0);
  await old.gone;
});
