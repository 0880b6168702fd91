import test from 'ava';
import {readConfig} from '../../../src/daemon/config/config.js';
import type {RawOptions} from '../../../src/daemon/config/options.js';
import {refusalOf} from '../../helpers/refusal.js';

const read = (options: RawOptions) => readConfig(options, ['server'], {}).http;

test('a port is one of 127.0.0.1, and what has a slash is a path', t => {
  const common = {type: 'tcp', isPublic: false} as const;
  t.deepEqual(read({http: '9090'}), {...common, host: '127.0.0.1', port: 9090, asked: '127.0.0.1:9090'});
  t.deepEqual(read({http: 'localhost:0'}), {...common, host: 'localhost', port: 0, asked: 'localhost:0'});
  t.deepEqual(read({http: '[::1]:9'}), {...common, host: '::1', port: 9, asked: '[::1]:9'});
  t.like(read({http: '0.0.0.0:9', 'http-public': true}), {host: '0.0.0.0', isPublic: true});
  t.deepEqual(read({http: './http'}), {type: 'unix', path: './http', asked: './http', isPublic: false});
  t.is(read({}), null);
});

const wrong: Readonly<Record<string, RegExp>> = {
  '': /empty/,
  ':9090': /expected \[HOST:\]PORT/,
  '*:9090': /expected \[HOST:\]PORT/,
  http: /expected \[HOST:\]PORT/,
  '127.0.0.1': /expected \[HOST:\]PORT/,
  '::1:9090': /expected \[HOST:\]PORT/,
  '65536': /at most 65535/,
  'http://127.0.0.1:9090/': /it is not a URL: give 127\.0\.0\.1:9090$/,
  'unix:/run/http': /give the path alone: \/run\/http$/,
  '@http': /abstract/,
  [`/${'x'.repeat(107)}`]: /at most 107$/,
};

for (const [value, problem] of Object.entries(wrong))
  test(`--http=${value.slice(0, 30)} is refused`, t => {
    const failure = refusalOf(() => read({http: value}));
    t.like(failure, {code: 'option-invalid', option: 'http', value});
    t.regex((failure as {problem: string}).problem, problem);
  });

test('--http-public needs --http', t => {
  t.like(
    refusalOf(() => read({'http-public': true})),
    {code: 'option-invalid', option: 'http-public'},
  );
});
