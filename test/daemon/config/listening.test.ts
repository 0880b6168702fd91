import test from 'ava';
import {readConfig} from '../../../src/daemon/config/config.js';
import type {RawOptions} from '../../../src/daemon/config/options.js';
import {refusalOf} from '../../helpers/refusal.js';

const config = (options: RawOptions) => readConfig(options, ['server'], {});

test('how listeners are bound is read', t => {
  const {listening} = config({
    port: ['80'],
    path: ['/x'],
    'path-mode': '0640',
    'path-owner': 'www:2345',
    'reuse-port': true,
    'fast-open': '7',
    'defer-accept': '1500ms',
    'ipv6-dual': true,
    freebind: true,
    'bind-retry': '5m',
  });
  t.deepEqual(listening, {
    pathMode: 0o640,
    pathOwner: {user: 'www', group: '2345'},
    reusePort: true,
    fastOpen: 7,
    deferAccept: 2,
    ipv6Dual: true,
    freebind: true,
    bindRetryMs: 300_000,
  });
  t.is(config({path: ['/x'], 'path-mode': '600'}).listening.pathMode, 0o600);
  t.deepEqual(config({path: ['/x'], 'path-owner': ':0'}).listening.pathOwner, {user: '', group: '0'});
});

const values: Readonly<Record<string, readonly string[]>> = {
  'path-mode': ['', '66', '0888', '1777', '0o660', 'rw-rw----', '06600'],
  'path-owner': ['', ':', 'a:b:c', 'a:', '4294967295'],
  'fast-open': ['', '0', '-1', '65536', 'x'],
  'defer-accept': ['', '0', '-1', '2h', 'x'],
  'bind-retry': ['', '-1', 'x'],
};

test('how listeners are bound is refused where it makes no sense, or no listener can follow it', t => {
  const refuse = (listeners: RawOptions, option: string, value: string) => {
    const failure = refusalOf(() => config({...listeners, [option]: value}));
    t.like(failure, {code: 'option-invalid', option, value}, `${option}=${value}`);
  };
  for (const [option, wrong] of Object.entries(values))
    for (const value of wrong) refuse({port: ['80'], path: ['/x']}, option, value);
  refuse({port: ['80']}, 'path-mode', '0600');
  refuse({port: ['80']}, 'path-owner', 'root');
  refuse({path: ['/x', '@x']}, 'path-mode', '0600');
  refuse({path: ['@x']}, 'path-owner', 'root');
  refuse({port: ['u80'], path: ['/x']}, 'fast-open', '7');
  refuse({port: ['u80']}, 'defer-accept', '1');
  t.like(
    refusalOf(() => config({path: ['/x'], 'reuse-port': true})),
    {option: 'reuse-port'},
  );
});

test('nginx and nghttpx need O_NONBLOCK, unless it is said otherwise', t => {
  t.true(config({'fds-as': ['nghttpx']}).nonBlocking);
  t.like(config({'fds-as': ['nginx', 'unicorn'], 'listen-fds': true}), {nonBlocking: true, listenFds: true});
  t.is(config({'fds-as': ['nginx'], nonblocking: 'no'}).nonBlocking, false);
  t.is(config({'fds-as': ['unicorn']}).nonBlocking, null);
});
