import test from 'ava';
import {renderRefusal} from '../../src/ctl/render/refusal.js';

const failure = {
  code: 'restart-failed',
  generation: 2,
  worker: 0,
  pid: 9,
  ending: {type: 'exited', code: 1},
  hint: null,
  livedMs: 5,
  serving: 1,
} as const;
const line =
  'ssctl: restart failed: generation 2 (pid 9) exited with status 1 after 5ms; generation 1 keeps serving';
const lastWords: readonly (readonly [string, readonly string[] | null, string])[] = [
  ['nothing', [], `${line}\nit wrote nothing to standard error`],
  [
    'what ssd cannot read',
    null,
    `${line}\nto see what it wrote to standard error, start ssd with --log-file=FILE or --capture-stderr`,
  ],
  ['lines', ['one', '', '\ttwo'], `${line}\nits last lines on standard error:\n    one\n\n        two`],
  [
    'colours and worse',
    ['\u001b[31mred\u001b[0m\u001b[2J', 'a\rb\u0007\u009b1A'],
    `${line}\nits last lines on standard error:\n    red\n    a?b?`,
  ],
];

for (const [what, stderr, text] of lastWords) {
  test(`a failed restart reports standard error: ${what}`, t => {
    t.is(renderRefusal({...failure, stderr}), text);
  });
}

test('the hint has its own line, and a missing program wrote nothing', t => {
  t.is(
    renderRefusal({
      ...failure,
      ending: {type: 'not-spawned', cause: 'ENOENT'},
      pid: null,
      hint: 'library-missing',
    }),
    `ssctl: restart failed: generation 2 could not be started: ENOENT (no such file or directory); generation 1 keeps serving
hint: a shared library is missing where the program runs; ldd PROGRAM shows which`,
  );
});

test('a refusal of ssd is a sentence without its code, and says how to end a long stop', t => {
  const refused = (error: 'stopping' | 'no-log-file', message: string) =>
    renderRefusal({code: 'request-refused', verb: 'restart', error, message});
  t.is(
    refused('no-log-file', 'this ssd has no log file'),
    'ssctl: restart was refused: this ssd has no log file',
  );
  t.is(
    refused('stopping', 'this ssd is stopping'),
    'ssctl: restart was refused: this ssd is stopping; ssctl stop --force ends it at once',
  );
  const paused = {leftMs: 19_700, ageMs: 300};
  t.is(
    renderRefusal(
      {code: 'nothing-serves', instance: 'app', failing: null, stopped: null, paused},
      undefined,
      'ssctl -n app',
    ),
    'ssctl: no generation of app serves: it is paused for 19.7s more at the most; ssctl -n app resume ends that',
  );
});
