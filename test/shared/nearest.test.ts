import test from 'ava';
import {nearest} from '../../src/shared/nearest.js';

const WORDS = ['port', 'path', 'dir', 'interval', 'signal-on-hup', 'signal-on-term', 'pid-file', 'log-file'];
const typos: readonly (readonly [text: string, meant: string | null])[] = [
  ['prot', 'port'],
  ['prt', 'port'],
  ['PORT', 'port'],
  ['ports', 'port'],
  ['dirr', 'dir'],
  ['intervall', 'interval'],
  ['inter', 'interval'],
  ['signal-on-hub', 'signal-on-hup'],
  ['signal', null],
  ['logfile', 'log-file'],
  ['pidfile', 'pid-file'],
  ['frobnicate', null],
  ['p', null],
  ['x', null],
  ['', null],
  ['x'.repeat(100_000), null],
];
for (const [text, meant] of typos) {
  test(`${text.slice(0, 20) || 'an empty word'} is ${meant ? `nearest to ${meant}` : 'near to nothing'}`, t => {
    t.is(nearest(text, WORDS), meant);
  });
}
