import test from 'ava';
import type {Effect, Input} from '../../src/daemon/core/types.js';
import {createLoop} from '../../src/daemon/loop.js';
import {DEFAULT_SETTINGS} from '../simulation/world/settings.js';

test('an input that the core cannot take is reported, and has no effect on the next one', t => {
  const faults: string[] = [];
  const effects: Effect[] = [];
  const tunables = {killOldDelayMs: 0, autoRestartMs: null};
  const loop = createLoop(
    {settings: DEFAULT_SETTINGS, tunables, workers: 1},
    effect => effects.push(effect),
    ({type}) => faults.push(type),
  );
  loop.submit({type: 'no such input', now: 0} as unknown as Input);
  t.deepEqual(faults, ['no such input']);
  t.deepEqual(effects, []);
  loop.submit({type: 'boot', now: 0});
  t.true(effects.some(({type}) => type === 'spawn'));
  t.is(faults.length, 1);
});
