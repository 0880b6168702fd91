/** Pauses: who is told to finish, and who is not. */
import test from 'ava';
import {type Act, hup, playNow, wait} from '../../../simulation/world/acts.js';
import {SLOW_TO_FINISH} from '../../../simulation/world/fate.js';
import {serving} from '../../../simulation/world/simulation.js';

const pause: Act = s => s.submit({type: 'pause', maxMs: 60_000, token: 'p'});
const resume: Act = s => s.submit({type: 'resume', token: 'r'});

test('a pause tells no worker a second time to finish', t => {
  const simulation = serving({fates: [SLOW_TO_FINISH, SLOW_TO_FINISH]});
  playNow(simulation, hup, wait(1000));
  t.deepEqual(playNow(simulation, pause), ['2000 HUP to 2/0']);
  playNow(simulation, resume);
  t.deepEqual(playNow(simulation, pause), ['2000 r: cancelled']);
});
