import {once} from 'node:events';
import {chmodSync, lstatSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {bindControl, isOwnUser} from '../../../src/daemon/sockets/control-place.js';
import {closing} from '../../helpers/adapters/descriptors.js';
import {asNobody, jsonOf, scriptCommand, source} from '../../helpers/adapters/script.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';
import {refusalOf} from '../../helpers/refusal.js';
import {createRig, type Rig} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';

const NAME = {value: 'web', given: false};

test('a path that was asked for is bound for its user alone', t => {
  const path = join(temporaryDirectory(t), 'control');
  const bound = bindControl({name: NAME, control: path, env: {}});
  if (!('identity' in bound)) throw new Error(JSON.stringify(bound));
  closing(t, bound.fd);
  t.is(lstatSync(path).mode & 0o777, 0o600);
  t.deepEqual(
    refusalOf(() => bindControl({name: NAME, control: path, env: {}})),
    {code: 'control-in-use', path, pid: process.pid},
  );
});

const refused = test.macro({
  exec: (t, name: string, problem: RegExp) => {
    const directory = temporaryDirectory(t);
    writeFileSync(join(directory, 'file'), 'precious');
    const path = join(directory, name);
    const failure = refusalOf(() => bindControl({name: NAME, control: path, env: {}}));
    t.like(failure, {code: 'control-unusable', path});
    t.regex((failure as {problem: string}).problem, problem);
  },
  title: (given = '') => `a path that was asked for is refused: ${given}`,
});

test('a file', refused, 'file', /is not a socket; ssd left it alone$/);
test('in no directory', refused, 'no/control', /^ENOENT /);
test('in a file', refused, 'file/control', /^ENOTDIR /);
test('too long', refused, 'x'.repeat(120), /bytes; a unix socket path has at most 107$/);

/** Binds at the default place, twice, as somebody whose runtime directory is in the rig. */
async function bindDefault(t: ExecutionContext, prepare: (place: string, rig: Rig) => void) {
  const rig = await createRig(t);
  const place = rig.path('ssd');
  // Any user may make something in it.
  chmodSync(rig.directory, 0o777);
  prepare(place, rig);
  const script = `
    import {lstatSync} from 'node:fs';
    import {bindControl} from '${source('daemon/sockets/control-place')}';
    const bind = given => {
      try { return bindControl({name: {value: 'web', given}, control: null, env: process.env}); }
      catch (error) { return {refused: error.failure}; }
    };
    const [first, second, third] = [false, false, true].map(bind);
    const modes = 'fd' in first ? [process.env.XDG_RUNTIME_DIR + '/ssd', first.path].map(path => lstatSync(path).mode & 0o777) : null;
    const told = 'fd' in first ? {path: first.path, modes} : first;
    console.log(JSON.stringify([told, second, third, process.pid]));`;
  const options = {...asNobody(), env: {XDG_RUNTIME_DIR: rig.directory}};
  const [first, second, third, pid] = (await jsonOf(rig, scriptCommand(script), options)) as unknown[];
  return {place, first, second, third, pid};
}

test('the default directory is made for its user alone; a taken name is reported, or refused if it was given', async t => {
  const {place, first, second, third, pid} = await bindDefault(t, () => {});
  const path = join(place, 'web.sock');
  t.deepEqual(first, {path, modes: [0o700, 0o600]});
  t.deepEqual(second, {code: 'control-in-use', path, pid});
  t.deepEqual(third, {refused: {code: 'control-in-use', path, pid}});
});

test('the default place is not trusted where others could have prepared it', async t => {
  const traps: readonly (readonly [(place: string, rig: Rig) => void, RegExp])[] = [
    [place => writeFileSync(place, ''), /^it is not a directory$/],
    [(place, rig) => symlinkSync(rig.directory, place), /^it is not a directory$/],
    [place => symlinkSync('/no/such/place', place), /^it is not a directory$/],
  ];
  for (const [prepare, problem] of traps) {
    const {place, first, third} = await bindDefault(t, prepare);
    t.like(first, {code: 'control-unusable', path: place});
    t.regex((first as {problem: string}).problem, problem);
    t.deepEqual(third, first);
  }
});

asRoot('a default directory of another user is not used', async t => {
  const {place, first} = await bindDefault(t, path => mkdirSync(path, {mode: 0o700}));
  t.deepEqual(first, {
    code: 'control-unusable',
    path: place,
    problem: `it belongs to uid 0, not to ${STRANGER}`,
  });
});

/** The server's end of a connection that `connect` makes. */
async function accepted(t: ExecutionContext, rig: Rig, connect: (path: string) => void): Promise<net.Socket> {
  const server = net.createServer({pauseOnConnect: true});
  t.teardown(() => server.close());
  server.listen(rig.path('control'));
  await once(server, 'listening');
  const connection = once(server, 'connection');
  connect(rig.path('control'));
  const [socket] = (await connection) as [net.Socket];
  t.teardown(() => socket.destroy());
  return socket;
}

test('the kernel reports the user of ssd, and nobody once the connection is over', async t => {
  const rig = await createRig(t);
  const socket = await accepted(t, rig, path => {
    const client = net.connect(path);
    t.teardown(() => client.destroy());
  });
  t.true(isOwnUser(socket));
  socket.destroy();
  t.false(isOwnUser(socket));
});

asRoot('another user is not ours, whatever the modes are', async t => {
  const rig = await createRig(t);
  chmodSync(rig.directory, 0o777);
  const socket = await accepted(t, rig, path => {
    chmodSync(path, 0o777);
    const script = `import net from 'node:net'; net.connect('${path}').on('close', () => {});`;
    rig.start(scriptCommand(script), {uid: STRANGER});
  });
  t.false(isOwnUser(socket));
});
