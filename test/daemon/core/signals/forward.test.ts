/** Signals that ssd passes on. */
import test from 'ava';
import {type Act, hup, play, playNow, wait} from '../../../simulation/world/acts.js';
import {HEALTHY, SLOW_TO_FINISH} from '../../../simulation/world/fate.js';
import {booted, serving} from '../../../simulation/world/simulation.js';

const forward: Act = s => s.submit({type: 'forward', signal: 'WINCH'});

test('a signal goes to all workers that serve', t => {
  t.deepEqual(playNow(serving({workers: 3}), forward), ['1000 WINCH passed on to 100 101 102']);
});

test('a worker that is starting does not get it', t => {
  t.deepEqual(playNow(booted(), forward).slice(1), ['0 WINCH passed on to nobody']);
  t.is(playNow(serving(), hup, wait(500), forward).at(-1), '1500 WINCH passed on to 100');
});

test('a worker that was told to finish does not get it', t => {
  const simulation = serving({fates: [SLOW_TO_FINISH]});
  t.is(playNow(simulation, hup, wait(1500), forward).at(-1), '2500 WINCH passed on to 101');
});

test('a replaced worker that serves on during kill-old-delay gets it', t => {
  const simulation = serving({killOldDelayMs: 5000});
  t.is(playNow(simulation, hup, wait(1500), forward).at(-1), '2500 WINCH passed on to 100 101');
});

test('nobody is answered, whether or not a worker refuses it', t => {
  const fates = [{...HEALTHY, refuses: 'tell' as const}];
  t.deepEqual(play(serving({fates}), forward), ['1000 WINCH passed on to 100']);
});
