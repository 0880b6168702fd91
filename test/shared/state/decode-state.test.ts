/** The state files of every version that was released must be read, and nothing else. */
import {execFileSync} from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {decodeState} from '../../../src/shared/state/decode-state.js';
import {readState} from '../../../src/shared/state/read-state.js';
import {type State, statePath} from '../../../src/shared/state/state.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';
import {fixture} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';

const FOLDER = fixture('state');
const WHOLE = join(FOLDER, 'version-1.state');
const OWN = process.getuid?.() ?? 0;

test('a state file of version 1 is read, whatever version this is', t => {
  const state = decodeState(readFileSync(WHOLE, 'utf8'));
  const {generations, ...rest} = JSON.parse(readFileSync(WHOLE, 'utf8')) as State;
  // What a file of this version need not say.
  const unsaid = {onDeath: 'keep', hasGroup: false, uid: null} as const;
  const whole = generations.map(one => ({
    ...one,
    workers: one.workers.map(worker => ({...worker, ...unsaid})),
  }));
  t.deepEqual(state, {
    ...rest,
    generations: whole,
    service: null,
    since: '3945351',
    writtenAt: null,
    killGroup: false,
  });
});

const REFUSED: Readonly<Record<string, RegExp>> = {
  'later-version.state': /^a later version of ssd has written it \(version 2, known is 1\)$/,
  'truncated.state': /^it is not whole/,
  'empty.state': /^it is not whole/,
  'no-object.state': /^the file is not an object$/,
  'nonsense.state': /^workers is not an object$/,
  'pid-of-init.state': /^it has no sound pid$/,
  'negative-pid.state': /^pid is not a number$/,
  'pid-twice.state': /^it has a pid twice$/,
  'two-current.state': /^it has several generations that are ready$/,
  'out-of-order.state': /^its generations are not in order$/,
  'beyond-last.state': /^its generations are not in order$/,
  'no-start-time.state': /^startedAt is not a text$/,
  'no-signal.state': /^stopSignal is no signal$/,
  'too-many-workers.state': /^wanted is too large$/,
  'worker-is-init.state': /^it has no sound pid$/,
  'id-twice.state': /^it has a worker twice$/,
  'boundless.state': /^last is not a number$/,
  'unknown-death.state': /^onDeath has no known value$/,
  'unknown-phase.state': /^phase has no known value$/,
};

for (const [name, reason] of Object.entries(REFUSED))
  test(`a state file is refused with one reason: ${name}`, t => {
    const state = decodeState(readFileSync(join(FOLDER, name), 'utf8'));
    t.regex('problem' in state ? state.problem : 'it was taken', reason);
  });

test('every fixture is in the table', t => {
  t.deepEqual(readdirSync(FOLDER).sort(), [...Object.keys(REFUSED), 'version-1.state'].sort());
});

test('any piece of a whole file is refused, and throws nothing', t => {
  const text = readFileSync(WHOLE, 'utf8').trimEnd();
  for (let length = 0; length < text.length; length += 7)
    t.true('problem' in decodeState(text.slice(0, length)), `${length} characters`);
});

test('a file that others can write, or a link, is refused; one that is not there is none', t => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'a.state');
  t.is(readState(path, OWN), null);
  copyFileSync(WHOLE, path);
  chmodSync(path, 0o600);
  t.like(readState(path, OWN), {last: 7});
  chmodSync(path, 0o620);
  t.regex(problemOf(readState(path, OWN)), /others may write it/);
  symlinkSync(path, join(directory, 'b.state'));
  t.is(problemOf(readState(join(directory, 'b.state'), OWN)), 'it is a link');
  t.is(problemOf(readState(directory, OWN)), 'it is not a regular file');
});

test('a file without an end, a pipe and nonsense without an end are refused at once', t => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'a.state');
  writeFileSync(path, '['.repeat(4 * 1024 * 1024 - 1), {mode: 0o600});
  t.regex(problemOf(readState(path, OWN)), /^it is not whole/);
  truncateSync(path, 2 ** 40);
  t.is(problemOf(readState(path, OWN)), `it has ${2 ** 40} bytes`);
  const pipe = join(directory, 'b.state');
  execFileSync('mkfifo', ['-m', '600', pipe]);
  t.is(problemOf(readState(pipe, OWN)), 'it is not a regular file');
});

asRoot('the file of another user is refused', async t => {
  const path = join(temporaryDirectory(t), 'a.state');
  copyFileSync(WHOLE, path);
  chmodSync(path, 0o600);
  chownSync(path, STRANGER, STRANGER);
  t.is(problemOf(readState(path, 0)), `it belongs to uid ${STRANGER}, not to 0`);
});

test('the state file is beside the control socket', t => {
  t.is(statePath('/run/ssd/web.sock'), '/run/ssd/web.sock.state');
  t.is(statePath('/run/ssd/web'), '/run/ssd/web.state');
  t.is(statePath('/run/web/control'), '/run/web/control.state');
});

function problemOf(state: ReturnType<typeof readState>): string {
  return state !== null && 'problem' in state ? state.problem : 'it was taken';
}
