import test from 'ava';
import {scanOptions} from '../../src/shared/scan-options.js';

const options = {
  port: {type: 'array'},
  name: {type: 'string', alias: 'n'},
  json: {type: 'boolean'},
  help: {type: 'boolean'},
  fast: {type: 'string', bare: '256'},
} as const;
const scan = (line: string, haltAtWord = true) =>
  scanOptions(line.split(' '), {options, haltAtWord, letters: {p: 'port'}});

const lines: readonly (readonly [line: string, scanned: string])[] = [
  ['--json true', '--json=true true'],
  ['--json false --x', '--json=true false --x'],
  ['--json=false --name=a', '--json=false --name=a'],
  ['--json -- --nonsense', '--json=true -- --nonsense'],
  ['--port 1 --name --json', ''],
  ['--port 1 --name -1 c', '--port 1 --name -1 c'],
  ['--name - c --nonsense', '--name - c --nonsense'],
  ['-n=a c', '-n=a c'],
  ['-h', '--help=true'],
  ['--fast', '--fast=256'],
  ['--fast 7', '--fast=256 7'],
  ['--fast=7 --json', '--fast=7 --json=true'],
  ['--fast --json -- c', '--fast=256 --json=true -- c'],
];
for (const [line, scanned] of lines) {
  test(`${line} ${scanned === '' ? 'lacks a value' : 'is right'}`, t => {
    const expected = scanned === '' ? {type: 'value-missing', option: '--name'} : scanned.split(' ');
    t.deepEqual(scan(line), expected as never);
  });
}

test('a flag takes no value', t => {
  for (const value of ['1', '0', 'yes', 'no', 'TRUE', '']) {
    t.deepEqual(scan(`--json=${value} c`), {type: 'flag-value', option: '--json', value});
    t.deepEqual(scan(`c --json=${value}`, false), {type: 'flag-value', option: '--json', value});
  }
});

test('an unknown option is named as it was written, with the one that was meant', t => {
  const unknown = (option: string, nearest: string | null) =>
    ({type: 'unknown-option', option, nearest}) as const;
  t.deepEqual(scan('--prot=80'), unknown('--prot', '--port'));
  t.deepEqual(scan('-p 80'), unknown('-p', '--port'));
  t.deepEqual(scan('-name=a'), ['-name=a']);
  t.deepEqual(scan('--constructor'), unknown('--constructor', null));
  t.deepEqual(scan('c --frobnicate', false), unknown('--frobnicate', null));
  t.deepEqual(scan('c --frobnicate'), ['c', '--frobnicate']);
});

test('what is after the value of an option is looked at too', t => {
  t.deepEqual(scan('--name true --json=1'), {type: 'flag-value', option: '--json', value: '1'});
  t.deepEqual(scan('--name=a --port'), {type: 'value-missing', option: '--port'});
});
