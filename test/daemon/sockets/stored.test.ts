/** Which stored listener is for which option, and what goes into the store. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {parsePath, parsePort, placeListeners} from '../../../src/daemon/config/address.js';
import {resolveAddresses} from '../../../src/daemon/sockets/inet-address.js';
import type {PassedListener} from '../../../src/daemon/sockets/inherited/passed-listeners.js';
import {planListeners} from '../../../src/daemon/sockets/inherited/plan.js';
import {storeListeners} from '../../../src/daemon/sockets/inherited/store-listeners.js';
import {identityAt, isStored, storeName} from '../../../src/daemon/sockets/inherited/stored.js';
import type {Listener} from '../../../src/daemon/sockets/listener.js';

test('a name is one that systemd allows, whatever the listener has', t => {
  const long = `/${'é:'.repeat(40)}`;
  for (const name of ['8080', '[::1]:80', '/run/100%.sock', '/tmp/ü', long]) {
    const text = storeName({type: 'unix', name, identity: {dev: 1n, ino: 2n}, binding: ''});
    t.regex(text, /^ssd\.kept\.unix\.1-2\.[\x20-\x39\x3b-\x7e]{1,240}$/);
  }
  t.is(
    storeName({type: 'tcp', name: '127.0.0.1:80', identity: null, binding: ''}),
    'ssd.kept.tcp.127.0.0.1%3a80',
  );
  const [one, other] = ['a', 'b'].map(end =>
    storeName({type: 'unix', name: long + end, identity: null, binding: ''}),
  );
  t.not(one, other);
});

test('only a name that ssd gives is one of the store', t => {
  for (const name of [null, 'ssd.socket', 'ssd.tcp.8080', 'ssd.kept.socket', 'web'])
    t.false(isStored({name}));
  t.true(isStored({name: storeName({type: 'udp', name: '53', identity: null, binding: ''})}));
});

test('a listener that is to be bound in another way takes nothing of the store', async t => {
  const sockets = [await stored(3, '80')];
  const resolved = await resolvedOf(['80']);
  t.deepEqual(planListeners(resolved, sockets, {}).stale, []);
  t.deepEqual(
    planListeners(resolved, sockets, {reusePort: false, fastOpen: null, pathMode: 0o600}).stale,
    [],
  );
  t.deepEqual(planListeners(resolved, sockets, {ipv6Dual: true}).stale, sockets);
});

/** A socket as it comes back from the store. */
async function stored(fd: number, option: string, bound = option): Promise<PassedListener> {
  const spec = parsePort(bound);
  const {type, name} = parsePort(option);
  const [bytes] = await resolveAddresses(spec.host, spec.port);
  return {fd, name: storeName({type, name, identity: null, binding: ''}), type, address: bound, bytes};
}

function resolvedOf(options: readonly string[]) {
  const resolved = placeListeners(
    options.map(text => (text.startsWith('/') ? parsePath(text) : parsePort(text))),
  ).map(async spec => ({
    spec,
    addresses: spec.type === 'unix' ? null : await resolveAddresses(spec.host, spec.port),
  }));
  return Promise.all(resolved);
}

async function plan(options: readonly string[], sockets: readonly PassedListener[]) {
  const {planned, stale} = planListeners(await resolvedOf(options), sockets);
  return {
    taken: planned.flatMap(one => (one.how === 'take' ? [`${one.name} < ${one.socket.fd}`] : [])),
    bound: planned.flatMap(one => (one.how === 'bind' ? [one.spec.name] : [])),
    stale: stale.map(({fd}) => fd),
  };
}

test('an option takes what was stored for it, and the rest is stale and becomes no listener', async t => {
  const sockets = [await stored(3, '80'), await stored(4, '127.0.0.1:81'), await stored(5, 'u80')];
  t.deepEqual(await plan(['127.0.0.1:81', '82'], sockets), {
    taken: ['127.0.0.1:81 < 4'],
    bound: ['82'],
    stale: [3, 5],
  });
});

test('port 0 takes the port that it got', async t => {
  t.deepEqual(await plan(['127.0.0.1:0'], [await stored(3, '127.0.0.1:0', '127.0.0.1:4321')]), {
    taken: ['127.0.0.1:0 < 3'],
    bound: [],
    stale: [],
  });
});

test('a name of a host that has another address by now takes nothing', async t => {
  t.deepEqual(await plan(['localhost:80'], [await stored(3, 'localhost:80', '127.0.0.9:80')]), {
    taken: [],
    bound: ['localhost:80'],
    stale: [3],
  });
});

test('a path takes its socket only while it leads there', async t => {
  const directory = mkdtempSync('/tmp/ssdt-');
  t.teardown(() => rmSync(directory, {recursive: true}));
  const [name, other] = ['x', 'y'].map(file => join(directory, file)) as [string, string];
  for (const path of [name, other]) writeFileSync(path, '');
  const socket = (path: string): PassedListener => ({
    fd: 3,
    name: storeName({type: 'unix', name, identity: identityAt(path), binding: ''}),
    type: 'unix',
    address: name,
    bytes: Buffer.alloc(2),
  });
  t.deepEqual((await plan([name], [socket(name)])).taken, [`${name} < 3`]);
  t.deepEqual(await plan([name], [socket(other)]), {taken: [], bound: [name], stale: [3]});
  rmSync(name);
  t.deepEqual(await plan([name], [socket(name)]), {taken: [], bound: [name], stale: [3]});
});

test('what is stored is not stored again, and what is bound anew takes its place', t => {
  const said: string[] = [];
  const store = {
    keep: (name: string, fd: number) => void said.push(`keep ${name} ${fd}`),
    forget: (name: string) => void said.push(`forget ${name}`),
  };
  const common = {fd: 3, own: 9, address: '/x', name: '/x', type: 'unix'} as const;
  const own: Listener = {
    ...common,
    identity: {dev: 1n, ino: 2n},
    others: [],
    access: null,
    passed: null,
    stored: null,
    adopted: null,
  };
  const passed: Listener = {
    ...common,
    identity: null,
    others: [],
    access: null,
    passed: {fd: 3, name: null},
    stored: null,
    adopted: null,
  };
  for (let nth = 0; nth < 2; nth += 1) storeListeners([own, passed], {}, store);
  own.identity = {dev: 1n, ino: 3n};
  storeListeners([own, passed], {}, store);
  t.deepEqual(said, [
    'keep ssd.kept.unix.1-2./x 9',
    'forget ssd.kept.unix.1-2./x',
    'keep ssd.kept.unix.1-3./x 9',
  ]);
});
