import test from 'ava';
import {parsePort, placeListeners} from '../../../src/daemon/config/address.js';
import {resolveAddresses} from '../../../src/daemon/sockets/inet-address.js';
import {readPassed} from '../../../src/daemon/sockets/inherited/passed.js';
import type {PassedListener} from '../../../src/daemon/sockets/inherited/passed-listeners.js';
import {demandNoGap, planListeners} from '../../../src/daemon/sockets/inherited/plan.js';
import {unixAddressOf} from '../../../src/daemon/sockets/inherited/socket-kind.js';
import {unixAddress} from '../../../src/daemon/system/posix.js';
import {refusalOf} from '../../helpers/refusal.js';

const OURS = {LISTEN_PID: '7'};

test('what is passed are the descriptors from 3 on, named where a name stands', t => {
  t.deepEqual(readPassed({...OURS, LISTEN_FDS: '2'}, 7), [
    {fd: 3, name: null},
    {fd: 4, name: null},
  ]);
  t.deepEqual(readPassed({...OURS, LISTEN_FDS: '4', LISTEN_FDNAMES: 'web::unknown'}, 7), [
    {fd: 3, name: 'web'},
    {fd: 4, name: null},
    {fd: 5, name: null},
    {fd: 6, name: null},
  ]);
  for (const none of [{}, {LISTEN_FDS: ''}, {LISTEN_FDS: '0'}]) t.deepEqual(readPassed(none, 7), []);
});

test('what is meant for another process, or is no number, is passed over', t => {
  for (const env of [
    {LISTEN_FDS: '1'},
    {LISTEN_FDS: '1', LISTEN_PID: '8'},
    {...OURS, LISTEN_FDS: '-1'},
    {...OURS, LISTEN_FDS: '1.5'},
    {...OURS, LISTEN_FDS: '99999999'},
  ])
    t.like(readPassed(env, 7), {subject: `LISTEN_FDS=${env.LISTEN_FDS}`});
});

test('the address of a unix socket', t => {
  t.is(unixAddressOf(unixAddress('/run/x')), '/run/x');
  t.is(unixAddressOf(unixAddress(null)), '');
  t.is(unixAddressOf(Buffer.from('\x01\0\0name')), '@name');
  t.is(unixAddressOf(Buffer.from('\x01\0\0a\0b\n\0\0\0')), '@a_b_');
});

async function passed(fd: number, address: string, name: string | null = null): Promise<PassedListener> {
  const spec = parsePort(address);
  return {fd, name, type: spec.type, address, bytes: (await resolveAddresses(spec.host, spec.port))[0]};
}

async function planned(ports: readonly string[], sockets: readonly PassedListener[]) {
  const placed = placeListeners(ports.map(parsePort));
  const resolved = placed.map(async spec => ({
    spec,
    addresses: spec.type === 'unix' ? null : await resolveAddresses(spec.host, spec.port),
  }));
  return planListeners(await Promise.all(resolved), sockets).planned;
}

async function plan(ports: readonly string[], sockets: readonly PassedListener[]) {
  const all = await planned(ports, sockets);
  return all.map(one =>
    one.how === 'bind' ? `${one.spec.fd} ${one.spec.name}` : `${one.fd} ${one.name} < ${one.socket.fd}`,
  );
}

test('a port takes the socket of its address and type, and keeps its number', async t => {
  const sockets = [await passed(3, '127.0.0.1:u80'), await passed(4, '127.0.0.1:80')];
  t.deepEqual(await plan(['127.0.0.1:80=9', '81'], sockets), [
    '9 127.0.0.1:80 < 4',
    '3 81',
    '4 127.0.0.1:u80 < 3',
  ]);
  t.deepEqual(await plan(['127.0.0.1:0'], [await passed(3, '127.0.0.1:80')]), [
    '3 127.0.0.1:0',
    '4 127.0.0.1:80 < 3',
  ]);
});

test('what nothing takes comes behind, where a number is free', async t => {
  const sockets = [await passed(3, '127.0.0.1:80', 'a'), await passed(4, '[::1]:80')];
  t.deepEqual(await plan(['81', '82=4'], sockets), ['3 81', '4 82', '5 a < 3', '6 [::1]:80 < 4']);
});

test('a name that several have, or a port has, is none', async t => {
  const sockets = [
    await passed(3, '127.0.0.1:80', 'a'),
    await passed(4, '127.0.0.1:81', 'a'),
    await passed(5, '127.0.0.1:82', '83'),
    await passed(6, '127.0.0.1:84', 'x=y;z'),
  ];
  t.deepEqual(await plan(['83'], sockets), [
    '3 83',
    '4 127.0.0.1:80 < 3',
    '5 127.0.0.1:81 < 4',
    '6 127.0.0.1:82 < 5',
    '7 x_y_z < 6',
  ]);
});

test('numbers without a gap from 3 on', async t => {
  const sockets = [await passed(3, '127.0.0.1:80')];
  demandNoGap(await planned(['81=4', '82=3'], []));
  demandNoGap(await planned(['81=4'], sockets));
  for (const [port, fd] of [
    ['81=0', 0],
    ['81=5', 5],
  ] as const) {
    const gap = await planned([port], sockets);
    t.deepEqual(
      refusalOf(() => demandNoGap(gap)),
      {code: 'descriptor-gap', name: '81', fd},
    );
  }
});
