import {chmodSync, readFileSync, writeFileSync} from 'node:fs';
import {endianness, machine} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import * as executable from '../../../src/daemon/workers/executable.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';

const unfitness = (path: string, directory: string | null) => executable.unfitness({path, directory});
const foreignness = (path: string) => executable.foreignness({path, directory: null});
const isText = (path: string) => executable.isText({path, directory: null});

function file(t: ExecutionContext, content: string | Buffer): string {
  const path = join(temporaryDirectory(t), 'program');
  writeFileSync(path, content, {mode: 0o755});
  return path;
}

const scripts: readonly (readonly [what: string, first: string, unfit: object | null])[] = [
  ['an interpreter that is there', '#!/bin/sh\n', null],
  ['blanks and an argument', '#! /bin/sh -e\n', null],
  ['no line end', '#!/bin/sh', null],
  ['no interpreter', '#!\n', null],
  [
    'a missing interpreter',
    '#!/no/such -x\n',
    {reason: 'interpreter', interpreter: '/no/such', cause: 'ENOENT'},
  ],
  ['a directory as interpreter', '#!/tmp\n', {reason: 'interpreter', interpreter: '/tmp', cause: 'EACCES'}],
  [
    'a file as directory',
    '#!/etc/passwd/sh\n',
    {reason: 'interpreter', interpreter: '/etc/passwd/sh', cause: 'ENOTDIR'},
  ],
  ['a carriage return', '#!/bin/sh\r\n', {reason: 'carriage-return', line: '#!/bin/sh'}],
  ['a carriage return after an argument, which the interpreter sees', '#!/bin/sh -e\r\n', null],
  ['a missing interpreter beyond the first line', '\n#!/no/such\n', null],
];
for (const [what, first, unfit] of scripts) {
  test(`a script with ${what}`, t => {
    t.deepEqual(
      unfitness(file(t, `${first}exit 0\n`.slice(0, first.endsWith('\n') ? undefined : first.length)), null),
      unfit as never,
    );
  });
}

test('a relative interpreter is looked for in the working directory', t => {
  const path = file(t, '#!./program\n');
  t.is(unfitness(path, join(path, '..')), null);
  t.like(unfitness(path, '/'), {reason: 'interpreter', cause: 'ENOENT'});
});

/** The header of an ELF file of this byte order or the other, for 64 or 32 bits, with one part that names the loader. */
function elf({big = false, wide = true, machine: number = 62, loader = '/no/such/loader'}): Buffer {
  const buffer = Buffer.alloc(512);
  buffer.write('\x7fELF', 'latin1');
  buffer[4] = wide ? 2 : 1;
  buffer[5] = big ? 2 : 1;
  const put32 = (value: number, at: number) =>
    big ? buffer.writeUInt32BE(value, at) : buffer.writeUInt32LE(value, at);
  const put16 = (value: number, at: number) =>
    big ? buffer.writeUInt16BE(value, at) : buffer.writeUInt16LE(value, at);
  const put = (value: number, at: number) => put32(value, wide && big ? at + 4 : at);
  put16(number, 18);
  put(64, wide ? 32 : 28);
  put16(64, wide ? 54 : 42);
  put16(1, wide ? 56 : 44);
  put32(3, 64);
  put(256, 64 + (wide ? 8 : 4));
  put(loader.length + 1, 64 + (wide ? 32 : 16));
  buffer.write(`${loader}\0`, 256);
  return buffer;
}

for (const big of [false, true]) {
  for (const wide of [false, true]) {
    test(`a missing loader is named: ${wide ? 64 : 32} bits, ${big ? 'big' : 'little'}-endian`, t => {
      const path = file(t, elf({big, wide}));
      t.deepEqual(unfitness(path, null), {reason: 'loader', loader: '/no/such/loader', cause: 'ENOENT'});
      t.is(unfitness(file(t, elf({big, wide, loader: '/bin/sh'})), null), null);
    });
  }
}

test('a relative program is looked at in the working directory', t => {
  const directory = join(file(t, '#!/no/such\n'), '..');
  t.like(executable.unfitness({path: './program', directory}), {interpreter: '/no/such'});
  t.true(executable.isText({path: './program', directory}));
  t.is(executable.unfitness({path: './program', directory: '/'}), null);
});

test('a real program of this machine has nothing against it', t => {
  t.is(unfitness(process.execPath, null), null);
  t.is(unfitness('/bin/sh', null), null);
});

test('damaged and unreadable files say nothing, and nothing is thrown', t => {
  const whole = elf({});
  for (const length of [0, 1, 2, 4, 20, 52, 63, 70, 100, 257]) {
    t.notThrows(() => unfitness(file(t, whole.subarray(0, length)), null));
  }
  for (let at = 4; at < 128; at += 1) {
    const damaged = Buffer.from(whole);
    damaged[at] = 0xff;
    t.notThrows(() => unfitness(file(t, damaged), null), `byte ${at}`);
  }
  t.is(unfitness('/no/such/file', null), null);
  t.false(isText('/no/such/file'));
});

test('a program for another machine or system is named', t => {
  const here = machine();
  const other = here === 'aarch64' ? 62 : 183;
  const made = (content: string | Buffer) => foreignness(file(t, content));
  t.deepEqual(made(elf({machine: other})), {
    reason: 'foreign',
    made: other === 62 ? 'x86_64' : 'aarch64',
    here,
  });
  t.like(made(elf({machine: 9999})), {made: 'machine 9999'});
  t.like(made('MZ\x90\0\0'), {made: 'Windows'});
  t.like(made(Buffer.from('cffaedfe07000001', 'hex')), {made: 'macOS'});
  t.like(made('\0\0\0\0'), {made: null});
  const own = readFileSync(process.execPath).subarray(0, 64);
  t.is(endianness(), own[5] === 2 ? 'BE' : 'LE');
  t.like(made(own), {made: here});
});

test('a script is text, and a program for a machine is not', t => {
  t.true(isText(file(t, 'exec true\n')));
  t.true(isText(file(t, '')));
  t.false(isText(file(t, elf({}))));
  t.false(isText(file(t, 'exec true\0\n')));
  const path = file(t, 'exec true\n');
  chmodSync(path, 0o111);
  t.is(typeof isText(path), 'boolean');
});
