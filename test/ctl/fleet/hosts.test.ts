import test from 'ava';
import {readHosts} from '../../../src/ctl/fleet/hosts.js';
import {refusalOf} from '../../helpers/refusal.js';

const read: readonly (readonly [given: string, destination: string, port: number | null])[] = [
  ['web1', 'web1', null],
  ['deploy@web1', 'deploy@web1', null],
  ['deploy@web1:2222', 'deploy@web1', 2222],
  ['web1:1', 'web1', 1],
  ['127.0.0.2:65535', '127.0.0.2', 65_535],
  ['[::1]', '::1', null],
  ['[::1]:2222', '::1', 2222],
  ['deploy@[fe80::1%eth0]:22', 'deploy@fe80::1%eth0', 22],
  ['::1', '::1', null],
  ['me@realm@web1', 'me@realm@web1', null],
  ['DOMAIN\\me@web1', 'DOMAIN\\me@web1', null],
  ['büro', 'büro', null],
];

for (const [given, destination, port] of read) {
  test(`${given} is ${destination}, port ${port}`, t => {
    t.deepEqual(readHosts(given), [{name: given, destination, port}]);
  });
}

test('hosts stand between commas, in the order in which they are visited', t => {
  t.deepEqual(
    readHosts('b,me@a:22,c').map(({destination}) => destination),
    ['b', 'me@a', 'c'],
  );
});

const FORM = 'expected [user@]host[:port]';
const HOST = 'that cannot be the name of a host';
const USER = 'that cannot be the name of a user';
const PORT = 'expected a port from 1 to 65535';
const refused: readonly (readonly [given: string, problem: string])[] = [
  ['', 'the value is empty; is a variable not set?'],
  ['-oProxyCommand=touch ran', HOST],
  ['-G', HOST],
  ['me@-oProxyCommand=x', HOST],
  ['-l@web1', USER],
  ['@web1', USER],
  ['me@', FORM],
  ['web1:', PORT],
  ['web1:0', PORT],
  ['web1:65536', PORT],
  ['web1:ssh', PORT],
  ['[::1]:x', PORT],
  ['[]', FORM],
  ['web1;touch ran', HOST],
  ['$(touch ran)', HOST],
  ['`touch ran`', HOST],
  ['web 1', HOST],
  ['web\n1', HOST],
  ['web1\u0000', HOST],
  ['a|b@web1', USER],
  ['me\\@web1', USER],
  ['ssh://web1', PORT],
  ['web1/machine', HOST],
  ['web1,', `a host: ${FORM}`],
  [',', `a host: ${FORM}`],
  ['web1,,web2', `a host: ${FORM}`],
  ['web1,-v', `-v: ${HOST}`],
  ['web1,web2,web1', 'web1 is named twice'],
];

for (const [given, problem] of refused) {
  test(`${JSON.stringify(given)} is refused: ${problem}`, t => {
    t.like(
      refusalOf(() => readHosts(given)),
      {code: 'option-invalid', option: 'host', problem},
    );
  });
}
