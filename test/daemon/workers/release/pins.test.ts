import {mkdirSync, renameSync, rmSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {createPins} from '../../../../src/daemon/workers/release/pins.js';
import {createRig} from '../../../helpers/rig.js';

const ENVIRONMENT = {
  env: {},
  tunables: {killOldDelayMs: 0, autoRestartMs: null},
  oddities: [],
  unreadable: null,
};

test('another directory that has taken the name of a release is used, and that is told', async t => {
  const rig = await createRig(t);
  const [link, one] = [rig.path('current'), rig.path('1')];
  mkdirSync(one);
  symlinkSync('1', link);
  const pins = createPins(link, {read: () => ENVIRONMENT});
  const take = (generation: number, origin: Parameters<typeof pins.take>[0]['origin']) =>
    pins.take({generation, origin, keep: [1, 2, 3]});
  t.like(take(1, {type: 'link'}), {release: one, missing: null});
  t.like(take(2, {type: 'generation', generation: 1, orLink: true}), {release: one, missing: null});
  renameSync(one, rig.path('old'));
  mkdirSync(one);
  rmSync(link);
  symlinkSync(rig.path('old'), link);
  for (const orLink of [true, false]) {
    t.like(take(3, {type: 'generation', generation: 1, orLink}), {release: one, missing: one, isFresh: true});
  }
  // It has been told, and now this is the release of that generation.
  t.like(take(3, {type: 'generation', generation: 3, orLink: true}), {release: one, missing: null});
  t.like(take(3, {type: 'directory', path: join(one, '..', 'old')}), {release: rig.path('old')});
});

test('what is pinned is the same for the next image of ssd: release, environment, and which directory it was', async t => {
  const rig = await createRig(t);
  const [link, one] = [rig.path('current'), rig.path('1')];
  mkdirSync(one);
  symlinkSync('1', link);
  const pinned = {...ENVIRONMENT, env: {A: 'pinned'}};
  const former = createPins(link, {read: () => pinned});
  former.take({generation: 1, origin: {type: 'link'}, keep: [1]});
  const state = JSON.parse(JSON.stringify(former.handOver().state));
  const pins = createPins(link, {read: () => ENVIRONMENT}, new Map(), state);
  const again = {
    generation: 2,
    origin: {type: 'generation', generation: 1, orLink: true},
    keep: [1, 2],
  } as const;
  t.like(pins.take(again), {release: one, environment: pinned, isFresh: false, missing: null});
  t.deepEqual(pins.handOver().state.pins[1], {...state.pins[0], generation: 2});
  renameSync(one, rig.path('old'));
  mkdirSync(one);
  t.like(pins.take(again), {release: one, missing: one, isFresh: true});
});
