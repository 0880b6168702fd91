import {chmodSync, closeSync, openSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {collectChild} from '../../../src/daemon/system/posix-process.js';
import {watchChildren} from '../../../src/daemon/workers/children.js';
import type {Ending} from '../../../src/shared/protocol/event.js';
import {endOf, endOfNow} from '../../helpers/adapters/end-of.js';
import {linePipe} from '../../helpers/adapters/pipe.js';
import {jsonOf, scriptCommand, source} from '../../helpers/adapters/script.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';
import {Mailbox} from '../../helpers/mailbox.js';
import {alive} from '../../helpers/processes.js';
import {needs} from '../../helpers/programs.js';
import {createRig} from '../../helpers/rig.js';
import {asRoot} from '../../helpers/root.js';

// Each test watches for itself.
process.setMaxListeners(100);

/** A shell command as a child, and how it ends. */
type Started = {
  readonly pid: number;
  readonly ending: () => Promise<Ending>;
  readonly seen: readonly Ending[];
};

function watching(t: ExecutionContext) {
  const children = watchChildren();
  const started: number[] = [];
  t.teardown(() => {
    for (const pid of started) children.kill(pid);
    children.dispose();
  });
  const start = (command: readonly string[], leadsGroup = false): Started => {
    const endings = new Mailbox<Ending>(`the end of ${command.join(' ')}`);
    const seen: Ending[] = [];
    const [path = ''] = command;
    const result = children.spawn({
      path,
      argv: command,
      env: {},
      directory: null,
      descriptors: [],
      leadsGroup,
      onExit: ending => {
        seen.push(ending);
        endings.put(ending);
      },
    });
    if ('cause' in result) throw new Error(result.cause);
    started.push(result.pid);
    return {pid: result.pid, ending: () => endings.take(), seen};
  };
  const sh = (script: string, leadsGroup?: boolean) => start(['/bin/sh', '-c', script], leadsGroup);
  return {children, start, sh};
}

test('a child that ends at once is reported with its status, after the spawn and once', async t => {
  const {children, sh} = watching(t);
  const all = [0, 1, 127, 255].map(code => ({code, ...sh(`exit ${code}`)}));
  t.deepEqual(
    all.map(({seen}) => seen.length),
    [0, 0, 0, 0],
  );
  for (const {code, ending} of all) t.deepEqual(await ending(), {type: 'exited', code});
  children.collect();
  t.true(all.every(({seen}) => seen.length === 1));
});

for (const signal of ['SIGTERM', 'SIGKILL', 'SIGSEGV']) {
  test(`a child that ${signal} ends is told with its name`, async t => {
    const {children, start} = watching(t);
    const {pid, ending} = start(['/bin/sleep', '1000']);
    children.signal(pid, signal.slice(3));
    t.deepEqual(await ending(), {type: 'signalled', signal});
  });
}

test('a death by a signal that Node has no name for has its number', async t => {
  const {sh} = watching(t);
  t.deepEqual(await sh('kill -40 $$').ending(), {type: 'signalled', signal: 'signal 40'});
});

test('a hundred children that end together are all reported', async t => {
  const {sh} = watching(t);
  const all = Array.from({length: 100}, (_, code) => ({code, ...sh(`exit ${code}`)}));
  for (const {code, ending} of all) t.deepEqual(await ending(), {type: 'exited', code});
});

test('a child that is stopped and continued has not ended', async t => {
  const {children, start} = watching(t);
  const {pid, ending, seen} = start(['/bin/sleep', '1000']);
  children.signal(pid, 'STOP');
  children.signal(pid, 'CONT');
  children.collect();
  t.deepEqual(seen, []);
  children.signal(pid, 'TERM');
  t.deepEqual(await ending(), {type: 'signalled', signal: 'SIGTERM'});
});

test('a pid that is no child of ours is not signalled, nor one that has been collected', async t => {
  const {children, sh} = watching(t);
  const other = watching(t).start(['/bin/sleep', '1000']);
  children.signal(other.pid, 'KILL');
  children.kill(other.pid);
  const {pid, ending} = sh('exit 0');
  await ending();
  t.notThrows(() => children.signal(pid, 'KILL'));
  t.notThrows(() => children.kill(pid));
  t.true(alive(other.pid));
});

needs('python3')('what has ended already is collected when that is asked for', async t => {
  const {children, start} = watching(t);
  const {pid, seen} = start(['/bin/true']);
  endOfNow(pid);
  t.deepEqual(seen, []);
  children.collect();
  t.deepEqual(seen, [{type: 'exited', code: 0}]);
});

needs('python3')('to kill one that leads a group ends its group as well, and no other', async t => {
  const {children, start} = watching(t);
  const said = linePipe(t);
  const script = `sleep 1000 & echo $! >/proc/${process.pid}/fd/${said.writeEnd}; wait`;
  const leader = start(['/bin/sh', '-c', script], true);
  const alone = start(['/bin/sleep', '1000']);
  const grandchild = Number(await said.line());
  said.close();
  t.true(alive(grandchild));
  children.kill(leader.pid);
  t.deepEqual(await leader.ending(), {type: 'signalled', signal: 'SIGKILL'});
  t.true(alive(alone.pid));
  await endOf(grandchild);
  t.false(alive(grandchild));
});

test('a program that cannot be run is an answer, and nothing is reported later', t => {
  const {children} = watching(t);
  const attempt = (path: string, argv: readonly string[] = [path]) =>
    children.spawn({path, argv, env: {}, directory: null, descriptors: [], onExit: () => t.fail()});
  const path = join(temporaryDirectory(t), 'program');
  t.deepEqual(attempt(path), {cause: 'ENOENT'});
  writeFileSync(path, '#!/no/such/interpreter\n');
  t.deepEqual(attempt(path), {cause: 'EACCES'});
  chmodSync(path, 0o755);
  t.deepEqual(attempt(path), {cause: 'ENOENT'});
  const fd = openSync(path, 'r+');
  t.deepEqual(attempt(path), {cause: 'ETXTBSY'});
  closeSync(fd);
  t.deepEqual(attempt('/bin/true', ['true', 'x'.repeat(200_000)]), {cause: 'E2BIG'});
});

test('a program without #! is run by the shell, with its arguments', async t => {
  const {start} = watching(t);
  const path = join(temporaryDirectory(t), 'program');
  writeFileSync(path, 'test "$1 $2" = "a b c" && exit 7\n', {mode: 0o755});
  t.deepEqual(await start([path, 'a b', 'c']).ending(), {type: 'exited', code: 7});
});

test('after its end no exit is reported', async t => {
  const {children, start} = watching(t);
  const other = watching(t);
  const {pid, seen} = start(['/bin/sleep', '1000']);
  children.dispose();
  process.kill(pid, 'SIGKILL');
  await other.sh('exit 0').ending();
  t.deepEqual(seen, []);
});

// Alone: a child of another test that ends meanwhile would make the watcher look first.
test.serial('if somebody else has collected a child, its status is unknown', async t => {
  const {children, start} = watching(t);
  const {pid, ending} = start(['/bin/sleep', '1000']);
  // Alone it has nothing else that keeps the event loop alive.
  const alive = setInterval(() => {}, 20_000);
  t.teardown(() => clearInterval(alive));
  // The watcher has had its first look.
  await new Promise(setImmediate);
  process.kill(pid, 'SIGKILL');
  await new Promise<void>(resolve => {
    // Before the look of the watcher, which happens in an immediate.
    const steal = () => {
      if (collectChild(pid) === null) return;
      process.off('SIGCHLD', steal);
      resolve();
    };
    process.on('SIGCHLD', steal);
  });
  children.collect();
  t.deepEqual(await ending(), {type: 'unknown'});
});

asRoot('PID 1 of a container collects every orphan', async t => {
  const rig = await createRig(t);
  const script = `
    import {readdirSync} from 'node:fs';
    import {watchChildren} from '${source('daemon/workers/children')}';
    const children = watchChildren();
    const alive = setInterval(() => {}, 20_000);
    const command = 'for n in 1 2 3; do (sh -c "exit $n" & ) ; done; exit 5';
    children.spawn({path: '/bin/sh', argv: ['sh', '-c', command], env: process.env, directory: null,
      descriptors: [], onExit: ending => { first = ending; }});
    let first = null;
    let told = false;
    const turn = () => new Promise(setImmediate);
    process.on('SIGCHLD', async () => {
      for (let turns = 0; turns < 8; turns++) await turn();
      const left = readdirSync('/proc').filter(name => Number(name) > 1);
      if (told || first === null || left.length > 0) return;
      told = true;
      console.log(JSON.stringify([process.pid, first]));
      clearInterval(alive);
    });`;
  const command = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child', ...scriptCommand(script)];
  t.deepEqual(await jsonOf(rig, command), [1, {type: 'exited', code: 5}]);
});

asRoot('PID 1 leaves the children of Node to Node', async t => {
  const rig = await createRig(t);
  // Each child has ended before the watcher looks, and Node has not yet heard of it.
  const script = `
    import {spawn} from 'node:child_process';
    import {hasEnded} from '${source('shared/process-stat')}';
    import {watchChildren} from '${source('daemon/workers/children')}';
    const children = watchChildren();
    const endings = [];
    for (let nth = 0; nth < 20; nth++) {
      const child = spawn('/bin/sh', ['-c', '(exit 1 & ) ; exit ' + nth]);
      const ended = new Promise(resolve => child.on('exit', resolve));
      await new Promise(setImmediate);
      while (!hasEnded(child.pid));
      children.collect();
      const lost = new Promise(resolve => setTimeout(() => resolve('lost'), 5000).unref());
      endings.push(await Promise.race([ended, lost]));
    }
    children.dispose();
    console.log(JSON.stringify(endings));
    process.exit();`;
  const command = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child', ...scriptCommand(script)];
  t.deepEqual(
    await jsonOf(rig, command),
    Array.from({length: 20}, (_, nth) => nth),
  );
});
