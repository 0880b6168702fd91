/** A check of a trial that runs while ssd is replaced by execve(2) goes on, and is not begun again. */
import {readFileSync} from 'node:fs';
import test from 'ava';
import {acrossExec} from '../../helpers/adapters/reexec.js';
import {source} from '../../helpers/adapters/script.js';
import {createRig} from '../../helpers/rig.js';

const common = `
  import {createTrialChecks} from '${source('daemon/workers/trial-check')}';
  import {watchChildren} from '${source('daemon/workers/children')}';
  import {UNCONFINED} from '${source('daemon/workers/privileges/confinement')}';
  import {monotonicMs} from '${source('shared/monotonic')}';
  const told = [];
  let heard = () => {};
  const next = () => new Promise(resolve => { heard = resolve; });
  const create = (check, children, revived) => createTrialChecks(check, {
    children, confinement: UNCONFINED, now: () => Math.floor(monotonicMs()),
    submit: ({now, ...input}) => { told.push(input); heard(); },
  }, revived);
  const order = {type: 'check', generation: 3, old: 2, run: 7, pid: 42};`;

const before = (command: string, timeoutMs: number) => `
  const children = watchChildren();
  const check = {command: ${JSON.stringify(command)}, timeoutMs: ${timeoutMs}};
  const {readEnd, writeEnd} = pipe();
  const checks = create(check, children);
  checks.prepare(3, {env: {...process.env, NAME: 'of three'}, directory: null}, [3]);
  checks.run(order);
  // It has spoken, so it runs.
  readSync(openSync('fifo', 'r'), Buffer.alloc(2));
  checks.handOver();
  const {state, fds} = checks.handOver();
  handOver({state: {checks: state, children: children.handOver().state}, fds}, check);`;

const after = (then: string) => `
  const children = watchChildren(false, state.children);
  const checks = create(rest, children, state.checks);
  const left = children.forgetRest();
  ${then}
  const {settings, running} = checks.handOver().state;
  print({told, left, running, settings: settings.map(({generation, env}) => [generation, env.NAME])});`;

const EVEN = {left: [], running: null, settings: [[3, 'of three']]};

test('a check that runs at an exec is answered once, with all that it wrote', async t => {
  const rig = await createRig(t);
  await rig.run(['mkfifo', 'fifo', 'go']);
  const command = 'echo "$NAME" >>runs; echo first; echo >fifo; read line <go; echo second; exit 4';
  const found = await acrossExec(rig, {
    common,
    before: before(command, 60_000),
    after: after(`writeFileSync('go', '\\n'); await next();`),
  });
  const failure = {cause: 'exited with status 4', output: ['first', 'second']};
  t.like(found as object, {...EVEN, told: [{type: 'checked', generation: 3, run: 7, failure}]});
  t.is(readFileSync(rig.path('runs'), 'utf8'), 'of three\n');
});

test('the time of a check goes on across an exec, and the next one finds its setting', async t => {
  const rig = await createRig(t);
  await rig.run(['mkfifo', 'fifo', 'go']);
  const found = await acrossExec(rig, {
    common,
    before: before('echo >fifo; sleep 1000', 1),
    after: after(`
      await next();
      checks.run({...order, run: 8});
      readSync(openSync('fifo', 'r'), Buffer.alloc(2));
      await next();`),
  });
  const failure = {cause: 'took longer than 1ms', output: []};
  const checked = (run: number) => ({type: 'checked', generation: 3, run, failure});
  t.like(found as object, {...EVEN, told: [checked(7), checked(8)]});
});
