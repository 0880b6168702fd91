/** The variables of the service manager. */
import test from 'ava';
import {managerAddress, watchdogPeriod} from '../../../src/daemon/systemd/address.js';

const FAMILY = [...new Uint8Array(new Uint16Array([1]).buffer)];
const long = `/${'x'.repeat(107)}`;

const ADDRESSES: readonly [string, string | undefined, string | null | RegExp][] = [
  ['none', undefined, null],
  ['an empty one', '', null],
  ['a path', '/run/notify', '/run/notify\0'],
  ['an abstract one', '@notify', '\0notify'],
  ['a path that is too long', long, /108 bytes/],
  ['an abstract one that is too long', `@${'x'.repeat(108)}`, /1 to 107 bytes/],
  ['an abstract one without a name', '@', /1 to 107 bytes/],
  ['that of a virtual machine', 'vsock:2:1234', /vsock/],
  ['a relative path', 'run/notify', /not an address/],
];
for (const [what, text, expected] of ADDRESSES) {
  test(`the address in NOTIFY_SOCKET: ${what}`, t => {
    const address = managerAddress({NOTIFY_SOCKET: text});
    if (address && 'bytes' in address) {
      t.deepEqual([...address.bytes], [...FAMILY, ...Buffer.from(String(expected))]);
    } else if (expected instanceof RegExp) t.regex(address?.refused ?? '', expected);
    else t.is(address, null);
  });
}

const PERIODS: readonly [string, string | undefined, string | undefined, number | null][] = [
  ['none', undefined, undefined, null],
  ['half of the time', '3000000', '17', 1500],
  ['whoever it means, if it does not say', '3000000', undefined, 1500],
  ['another process', '3000000', '18', null],
  ['no time', '0', '17', null],
  ['no number', '1e6', '17', null],
  ['negative', '-5', '17', null],
  ['less than the clock can', '500', '17', 1],
  ['more than the clock can', '18446744073709551615', '17', 2 ** 31 - 1],
];
for (const [what, time, pid, expected] of PERIODS) {
  test(`the period of the watchdog: ${what}`, t => {
    t.is(watchdogPeriod({WATCHDOG_USEC: time, WATCHDOG_PID: pid}, 17), expected);
  });
}
