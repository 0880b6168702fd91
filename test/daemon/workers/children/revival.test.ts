/** Children go on when ssd is replaced by execve(2): no end is lost, and none is told twice. */
import test from 'ava';
import {watchChildren} from '../../../../src/daemon/workers/children.js';
import {acrossExec} from '../../../helpers/adapters/reexec.js';
import {source} from '../../../helpers/adapters/script.js';
import {watched} from '../../../helpers/mailbox.js';
import {createRig} from '../../../helpers/rig.js';

const common = `
  import {watchChildren} from '${source('daemon/workers/children')}';
  import {endOfChild} from '${source('daemon/system/posix-process')}';
  const told = [];
  let seen = () => {};
  const callbacks = (name, group = false) => ({
    onExit: ending => { told.push([name, 'exit', ending.code ?? ending.signal ?? ending.type]); seen(); },
    onStop: (_, by) => { told.push([name, 'stop', by]); seen(); },
    ...(group && {onLeaderEnd: ending => { told.push([name, 'leader', ending.code]); seen(); }}),
  });
  const until = (count, what) => new Promise(resolve => {
    seen = () => { if (told.length >= count) resolve(); };
    seen();
  });`;

const before = `
  const children = watchChildren(INHERITS);
  const {readEnd, writeEnd} = pipe();
  const start = (name, script, group = false) => children.spawn({
    path: '/bin/sh', argv: ['sh', '-c', script], env: process.env, directory: null,
    descriptors: [[readEnd, 0]], leadsGroup: group, ...callbacks(name, group),
  }).pid;
  const hasEnded = pid => { while (endOfChild(pid) === null); };
  const pids = {
    later: start('later', 'read line; exit 3'),
    stopped: start('stopped', 'kill -STOP $$; exit 4'),
    group: start('group', 'exec 3<&0; read line <&3 & exit 5', true),
  };
  // Both are told before, and must not be told again.
  await until(2);
  const first = told.splice(0);
  pids.meanwhile = start('meanwhile', 'exit 6');
  pids.leader = start('leader', 'exec 3<&0; read line <&3 & exit 7', true);
  pids.nobody = start('nobody', 'exit 8');
  for (const name of ['meanwhile', 'leader', 'nobody']) hasEnded(pids[name]);
  handOver(children.handOver(), {pids, first, writeEnd}, [writeEnd]);`;

const after = `
  const {pids, first, writeEnd} = rest;
  const children = watchChildren(INHERITS, state);
  children.collect();
  // Some turns of the loop, as a start takes them: nobody collects one before it is taken back.
  for (let turn = 0; turn < 20; turn += 1) await new Promise(resolve => setImmediate(resolve));
  const early = told.length;
  for (const name of ['later', 'stopped', 'meanwhile']) children.takeBack(pids[name], callbacks(name));
  for (const name of ['group', 'leader']) children.takeBack(pids[name], callbacks(name, true));
  children.takeBack(process.pid, callbacks('unknown'));
  const rest_ = children.forgetRest();
  await until(3);
  const next = told.splice(0).sort();
  children.signal(pids.stopped, 'CONT');
  writeSync(writeEnd, '\\n\\n\\n');
  await until(5);
  children.collect();
  print({first: first.sort(), early, next, last: told.sort(), nobody: rest_[0] === pids.nobody, left: children.handOver().state});`;

for (const inherits of [false, true]) {
  test(`the ends of children are told once across an exec, ${inherits ? 'also' : 'unless'} where strangers are collected`, async t => {
    const rig = await createRig(t);
    const as = (text: string) => text.replaceAll('INHERITS', String(inherits));
    t.deepEqual(await acrossExec(rig, {common, before: as(before), after: as(after)}), {
      first: [
        ['group', 'leader', 5],
        ['stopped', 'stop', 'SIGSTOP'],
      ],
      early: 0,
      next: [
        ['leader', 'leader', 7],
        ['meanwhile', 'exit', 6],
        ['unknown', 'exit', 'unknown'],
      ],
      last: [
        ['group', 'exit', 5],
        ['later', 'exit', 3],
        ['leader', 'exit', 7],
        ['stopped', 'exit', 4],
        ['stopped', 'stop', null],
      ],
      nobody: true,
      left: {children: []},
    });
  });
}

test('an ssd whose exec fails goes on with its children', async t => {
  const children = watchChildren();
  t.teardown(children.dispose);
  const ended = new Promise(resolve => {
    const order = {path: '/bin/sh', argv: ['sh', '-c', 'exit 3'], env: {}, directory: null, descriptors: []};
    children.spawn({...order, onExit: resolve});
  });
  t.is(children.handOver().state.children.length, 1);
  t.deepEqual(await watched(ended, () => 'the end was not seen'), {type: 'exited', code: 3});
  t.deepEqual(children.handOver(), {state: {children: []}, fds: []});
});
