import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {isOwnPath} from '../../../src/daemon/files/own-path.js';
import {guardControl} from '../../../src/daemon/sockets/control-guard.js';
import {bindControl} from '../../../src/daemon/sockets/control-place.js';
import {type BoundPath, listenerAt} from '../../../src/daemon/sockets/unix-socket.js';
import type {Failure} from '../../../src/shared/words/errors.js';
import {closing} from '../../helpers/adapters/descriptors.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';
import {Mailbox} from '../../helpers/mailbox.js';

type Guarded = {
  readonly path: string;
  readonly bound: BoundPath;
  /** The next report of the guard. */
  readonly told: () => Promise<BoundPath | Failure>;
  readonly end: () => void;
};

function guarded(t: ExecutionContext): Guarded {
  const directory = join(temporaryDirectory(t), 'run');
  mkdirSync(directory);
  const wish = {name: {value: 'web', given: false}, control: join(directory, 'control'), env: {}};
  const bound = bindControl(wish);
  if (!('identity' in bound)) throw new Error(JSON.stringify(bound));
  closing(t, bound.fd);
  const told = new Mailbox<BoundPath | Failure>('a word of the guard');
  const end = guardControl({
    bound,
    wish,
    onBound: next => {
      closing(t, next.fd);
      told.put(next);
    },
    onThere: () => {},
    onFailed: failure => told.put(failure),
  });
  t.teardown(end);
  return {path: wish.control, bound, told: () => told.take(), end};
}

test('a socket that was removed is put back, with its modes, as often as that happens', async t => {
  const {path, bound, told} = guarded(t);
  let former = bound;
  for (const _ of [1, 2]) {
    unlinkSync(path);
    const next = await told();
    if (!('identity' in next)) throw new Error(JSON.stringify(next));
    t.is(next.path, path);
    t.is(statSync(path).mode & 0o777, 0o600);
    t.true(isOwnPath(path, next.identity));
    t.not(next.fd, former.fd);
    t.deepEqual(listenerAt(path), {pid: process.pid});
    former = next;
  }
});

test('a directory that was removed is made again, for its user alone', async t => {
  const {path, told} = guarded(t);
  rmSync(join(path, '..'), {recursive: true});
  t.true('identity' in (await told()));
  t.is(statSync(join(path, '..')).mode & 0o777, 0o700);
  t.deepEqual(listenerAt(path), {pid: process.pid});
});

test('a file that somebody has put in its place is left alone and reported', async t => {
  const {path, told} = guarded(t);
  writeFileSync(`${path}.new`, 'precious');
  renameSync(`${path}.new`, path);
  t.like(await told(), {code: 'control-unusable', path});
  t.is(readFileSync(path, 'utf8'), 'precious');
});

test('another daemon that has taken the place is left alone and reported', async t => {
  const {path, told} = guarded(t);
  unlinkSync(path);
  const other = bindControl({name: {value: 'web', given: false}, control: path, env: {}});
  if (!('identity' in other)) throw new Error(JSON.stringify(other));
  closing(t, other.fd);
  t.deepEqual(await told(), {code: 'control-in-use', path, pid: process.pid});
  t.true(isOwnPath(path, other.identity));
});

test('after its end nothing is put back', async t => {
  const [ended, other] = [guarded(t), guarded(t)];
  ended.end();
  unlinkSync(ended.path);
  unlinkSync(other.path);
  // The other one takes as long, and began later.
  await other.told();
  t.false(existsSync(ended.path));
});
