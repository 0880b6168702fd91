/** A state file that cannot be used is named with the cause wherever somebody asks for what a dead ssd has left. */
import {chownSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {alive} from '../../helpers/processes.js';
import type {Rig} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';
import {orphaned, statePath} from './stage.js';

const OTHER_BOOT = /"boot":"[^"]*"/;
const OTHER_PIDS = /"pids":"[^"]*"/;

type Spoil = (rig: Rig, text: string) => unknown;
const rewrite =
  (change: (text: string) => string): Spoil =>
  (rig, text) =>
    writeFileSync(statePath(rig), change(text));
const instead =
  (put: (path: string, rig: Rig) => unknown): Spoil =>
  rig => {
    rmSync(statePath(rig));
    return put(statePath(rig), rig);
  };

const SPOILT: Readonly<Record<string, readonly [Spoil, RegExp]>> = {
  'of a later version': [
    rewrite(text => text.replace('"version":1', '"version":2')),
    /a later version of ssd has written it/,
  ],
  'that is not whole': [rewrite(text => text.slice(0, -20)), /it is not whole/],
  'with pids of another container': [
    rewrite(text => text.replace(OTHER_PIDS, '"pids":"pid:[1]"')),
    /its pids are those of another container/,
  ],
  'that does not say which boot it is from': [
    rewrite(text => text.replace(OTHER_BOOT, '"boot":""')),
    /it cannot be told whether its pids are those of this boot/,
  ],
  'that is a link': [instead((path, rig) => symlinkSync(rig.path('elsewhere'), path)), /it is a link/],
  'that is a FIFO': [
    instead((path, rig) => rig.run(['mkfifo', '-m', '600', path])),
    /it is not a regular file/,
  ],
  'that is a directory': [instead(path => mkdirSync(path)), /it is not a regular file/],
  'that is huge': [
    instead(path => {
      writeFileSync(path, '', {mode: 0o600});
      truncateSync(path, 2 ** 40);
    }),
    /it has 1099511627776 bytes/,
  ],
};

for (const [what, [spoil, cause]] of Object.entries(SPOILT))
  test(`a state file ${what} is named by list, status, stop --orphans and a start`, async t => {
    const {rig, old} = await orphaned(t);
    await spoil(rig, readFileSync(statePath(rig), 'utf8'));
    const line = new RegExp(
      `^ssctl: (warning: )?cannot tell whether workers of a dead ssd live: state file ${statePath(rig)}: ${cause.source}`,
      'm',
    );
    const listed = await rig.ssctl(['list', '--json']);
    t.is(listed.code, 0);
    t.regex(listed.stderr, line);
    t.like(JSON.parse(listed.stdout).instances, [{state: 'dead'}]);
    const shown = await rig.ssctl(['status']);
    t.is(shown.code, 3);
    t.regex(shown.stderr, line);
    const stopped = await rig.ssctl(['stop', '--orphans']);
    t.is(stopped.code, 1);
    t.regex(stopped.stderr, line);
    const args = [`--control=${rig.control}`, '--check', '--', 'sleep', '1'];
    t.regex((await rig.runSsd(args)).stderr, cause);
    t.true(alive(old.pid));
    t.deepEqual(old.signals, []);
  });

test('a state file of a former boot means nothing, and nobody needs to hear of it', async t => {
  const {rig} = await orphaned(t);
  await rewrite(text => text.replace(OTHER_BOOT, '"boot":"x"'))(rig, readFileSync(statePath(rig), 'utf8'));
  const {stdout, stderr} = await rig.ssctl(['list', '--json']);
  t.like(JSON.parse(stdout).instances, [{state: 'dead'}]);
  t.is(stderr, '');
});

asRoot('so is a state file of another user', async t => {
  const {rig} = await orphaned(t);
  chownSync(statePath(rig), STRANGER, STRANGER);
  const line = /state file \S+: it belongs to uid 65534, not to 0/;
  t.regex((await rig.ssctl(['list'])).stderr, line);
  t.regex((await rig.ssctl(['stop', '--orphans'])).stderr, line);
});
