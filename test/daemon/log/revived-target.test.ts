/** The log goes on in the same place when ssd is replaced by execve(2). */
import {readFileSync} from 'node:fs';
import test from 'ava';
import {acrossExec} from '../../helpers/adapters/reexec.js';
import {source} from '../../helpers/adapters/script.js';
import {createRig} from '../../helpers/rig.js';

const common = `
  import {constants, existsSync, readdirSync, readlinkSync, renameSync} from 'node:fs';
  import {openLogTarget} from '${source('daemon/log/target')}';
  import {duplicateAbove, duplicateOnto} from '${source('daemon/system/posix')}';
  import {watchChildren} from '${source('daemon/workers/children')}';
  const ends = [];
  let onEnd = () => {};
  const nextEnd = () => new Promise(resolve => { onEnd = resolve; });
  const open = (target, children, revived) => openLogTarget(target, {
    children, background: true, onCommandLives: () => {},
    onCommandEnd: (ending, lost) => { ends.push([ending, lost]); onEnd(); },
  }, revived);
  const turn = () => new Promise(resolve => setImmediate(resolve));
  const placeOf = fd => readlinkSync('/proc/self/fd/' + fd);
  const linesIn = path => existsSync(path) ? readFileSync(path, 'utf8').split('\\n').slice(0, -1) : [];`;

/** The first image writes a line; \`rest\` is what was standard output, for the answer. */
const before = (target: string, then = '') => `
  const terminal = duplicateAbove(1, 3);
  const children = watchChildren();
  const target = open(${JSON.stringify(target)}, children);
  target.redirect().commit();
  writeSync(1, 'one\\n');
  ${then}
  // A look whose exec has failed.
  target.handOver();
  const {state, fds} = target.handOver();
  handOver({state: {log: state, children: children.handOver().state}, fds}, terminal, [terminal]);`;

const after = (target: string, then: string) => `
  const count = () => readdirSync('/proc/self/fd').length;
  const children = watchChildren(false, state.children);
  const before = [count(), placeOf(1)];
  const target = open(${JSON.stringify(target)}, children, state.log);
  const redirection = target.redirect();
  writeSync(2, 'two\\n');
  redirection.restore();
  redirection.commit();
  const isSame = JSON.stringify([count(), placeOf(1)]) === JSON.stringify(before);
  const left = children.forgetRest();
  const answer = value => {
    duplicateOnto(rest, 1);
    duplicateOnto(rest, 2);
    print({isSame, left, ...value});
  };
  ${then}`;

const COMMAND = '| echo $$ >>pids; while read line; do echo "$line" >>log; done; echo end >>log';

test('the same command goes on across an exec, and sees its end when ssd closes the pipe', async t => {
  const rig = await createRig(t);
  const found = await acrossExec(rig, {
    common,
    before: before(COMMAND, `while (linesIn('log').length === 0) await turn();`),
    after: after(
      COMMAND,
      `
      const {pid} = state.log.open;
      const ended = children.handOver().state.children.map(({pid}) => pid);
      target.close();
      duplicateOnto(rest, 1);
      duplicateOnto(rest, 2);
      while (children.handOver().state.children.length > 0) await turn();
      answer({isIt: linesIn('pids').join() === String(pid), children: ended.length, ends});`,
    ),
  });
  t.deepEqual(found, {isSame: true, left: [], isIt: true, children: 1, ends: []});
  t.is(readFileSync(rig.path('log'), 'utf8'), 'one\ntwo\nend\n');
});

test('a command that ends during an exec is told of once, and started again', async t => {
  const rig = await createRig(t);
  await rig.run(['mkfifo', 'ran']);
  const once = '| [ -e log ] || { read line; echo "$line" >>log; echo >ran; exit 3; }; exec cat >>log';
  const found = await acrossExec(rig, {
    common: `${common}
      import {endOfChild} from '${source('daemon/system/posix-process')}';`,
    before: before(
      once,
      `
      readSync(openSync('ran', 'r'), Buffer.alloc(2));
      while (endOfChild(target.handOver().state.open.pid) === null);`,
    ),
    after: after(
      once,
      `
      await nextEnd();
      writeSync(1, 'three\\n');
      while (linesIn('log').at(-1) !== 'three') await turn();
      answer({ends: ends.map(([ending]) => ending), before: linesIn('log')});`,
    ),
  });
  const {before: lines, ...others} = found as {readonly before: readonly string[]};
  t.deepEqual(others, {isSame: true, left: [], ends: [{type: 'exited', code: 3}]} as object);
  // What a command that dies at once has left unread is thrown away.
  t.deepEqual([lines[0], lines.at(-1)], ['one', 'three']);
});

test('a file stays the one that was open across an exec, until it is opened again', async t => {
  const rig = await createRig(t);
  const found = await acrossExec(rig, {
    common,
    before: before('log', `renameSync('log', 'log.1');`),
    after: after(
      'log',
      `
      const place = target.place();
      const path = target.path === process.cwd() + '/log';
      const reopened = target.reopen();
      writeSync(1, 'three\\n');
      answer({place, path, reopened});`,
    ),
  });
  t.deepEqual(found, {isSame: true, left: [], place: 'moved', path: true, reopened: null});
  t.is(readFileSync(rig.path('log.1'), 'utf8'), 'one\ntwo\n');
  t.is(readFileSync(rig.path('log'), 'utf8'), 'three\n');
});

for (const target of ['/dev/fd/5', '/dev/stderr']) {
  const number = target === '/dev/stderr' ? 2 : 5;
  test(`a descriptor goes on across an exec: ${target}, a file`, async t => {
    const rig = await createRig(t);
    const found = await acrossExec(rig, {
      common,
      redirections: `${number}>>behind`,
      before: before(target),
      after: after(target, 'answer({path: target.path, reopened: target.reopen()});'),
    });
    t.deepEqual(found, {isSame: true, left: [], path: rig.path('behind'), reopened: null});
    t.is(readFileSync(rig.path('behind'), 'utf8'), 'one\ntwo\n');
  });

  test(`a descriptor goes on across an exec: ${target}, a pipe`, async t => {
    const rig = await createRig(t);
    await rig.run(['mkfifo', 'behind']);
    const found = await acrossExec(rig, {
      common,
      redirections: `${number}<>behind`,
      before: before(target),
      after: after(
        target,
        `
        const buffer = Buffer.alloc(100);
        const text = buffer.toString('utf8', 0, readSync(openSync('behind', constants.O_RDONLY | constants.O_NONBLOCK), buffer));
        answer({text, path: target.path, reopened: target.reopen()});`,
      ),
    });
    t.deepEqual(found, {isSame: true, left: [], text: 'one\ntwo\n', path: target, reopened: null});
  });
}

test('a target that is another one by now is opened, and the former one is closed', async t => {
  const rig = await createRig(t);
  const found = await acrossExec(rig, {
    common,
    before: before(COMMAND, `while (linesIn('log').length === 0) await turn();`),
    after: `
      const children = watchChildren(false, state.children);
      const target = open('other', children, state.log);
      target.redirect().commit();
      writeSync(1, 'two\\n');
      const left = children.forgetRest();
      while (children.handOver().state.children.length > 0) await turn();
      duplicateOnto(rest, 1);
      duplicateOnto(rest, 2);
      print(left.length);`,
  });
  t.is(found, 1);
  t.is(readFileSync(rig.path('log'), 'utf8'), 'one\nend\n');
  t.is(readFileSync(rig.path('other'), 'utf8'), 'two\n');
});
