import test from 'ava';
import {
  AF_INET,
  AF_INET6,
  familyOf,
  formatAddress,
  resolveAddresses,
} from '../../../src/daemon/sockets/inet-address.js';
import {bind, SOCK_STREAM, socket, socketName} from '../../../src/daemon/system/posix.js';
import {Refusal} from '../../../src/shared/words/errors.js';
import {closing} from '../../helpers/adapters/descriptors.js';

const bytes = test.macro({
  exec: async (t, host: string | null, port: number, expected: string) => {
    const [address] = await resolveAddresses(host, port);
    const family = expected.startsWith('[') ? AF_INET6 : AF_INET;
    t.is(familyOf(address), family);
    t.is(address.length, family === AF_INET ? 16 : 28);
    t.is(formatAddress(address), expected);
  },
  title: (_given, host, port, expected) => `${host}, port ${port} is ${expected}`,
});

test(bytes, null, 8080, '0.0.0.0:8080');
test(bytes, '127.0.0.1', 0, '127.0.0.1:0');
test(bytes, '255.255.255.255', 65_535, '255.255.255.255:65535');
test(bytes, 'localhost', 80, '127.0.0.1:80');
test(bytes, '::', 80, '[::]:80');
test(bytes, '::1', 258, '[::1]:258');
test(bytes, '2001:DB8:0:0:0:0:0:1', 80, '[2001:db8::1]:80');
test(bytes, '2001:db8:0:1:0:0:0:1', 80, '[2001:db8:0:1::1]:80');
test(bytes, '::ffff:127.0.0.1', 80, '[::ffff:127.0.0.1]:80');

test('the bytes are those of the kernel', async t => {
  for (const [host, family] of [
    ['127.0.0.1', AF_INET],
    ['::1', AF_INET6],
  ] as const) {
    const fd = closing(t, socket(family, SOCK_STREAM));
    const [unnamed] = await resolveAddresses(host, 0);
    bind(fd, unnamed);
    const name = socketName(fd);
    const port = name.readUInt16BE(2);
    t.true(port > 0);
    t.deepEqual([name], await resolveAddresses(host, port));
  }
});

test('a zone by its number is the scope of the address', async t => {
  const [address] = await resolveAddresses('fe80::1%7', 80);
  t.is(new Uint32Array(Uint8Array.from(address.subarray(24)).buffer)[0], 7);
});

const refused = test.macro({
  exec: async (t, host: string, cause: RegExp) => {
    const error = await t.throwsAsync(resolveAddresses(host, 80), {instanceOf: Refusal});
    const failure = error?.failure;
    t.like(failure, {code: 'host-unresolved', host});
    t.regex(failure && 'cause' in failure ? failure.cause : '', cause);
  },
  title: (_given, host) => `${host} is refused`,
});

test(refused, '1:2:3', /^it is not an IPv6 address$/);
test(refused, '::1%', /^there is no interface $/);
test(refused, 'fe80::1%nosuch0', /^there is no interface nosuch0$/);
test(refused, '127.0.0.1.invalid', /^(ENOTFOUND|EAI_AGAIN)$/);
test(refused, 'no-such-host.invalid', /^(ENOTFOUND|EAI_AGAIN)$/);
