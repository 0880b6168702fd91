/** Signals that follow one another, with times between them: `QUIT,30s,TERM,10s,KILL`. */
import test from 'ava';
import type {SignalSequence} from '../../../../src/daemon/core/types.js';
import {ask, hup, play, stop, wait} from '../../../simulation/world/acts.js';
import {HEALTHY, IGNORES_SIGNALS} from '../../../simulation/world/fate.js';
import {serving} from '../../../simulation/world/simulation.js';

const IN_STEPS: SignalSequence = {
  signal: 'QUIT',
  further: [
    {signal: 'TERM', afterMs: 30_000},
    {signal: 'INT', afterMs: 40_000},
  ],
  killAfterMs: 50_000,
};
const deaf = [IGNORES_SIGNALS];

test('a replaced worker gets one signal after another, and is killed at last', t => {
  t.deepEqual(play(serving({signalOnHup: IN_STEPS, fates: deaf}), hup), [
    '1000 spawn 2',
    '2000 QUIT to 1/0',
    '32000 TERM to 1/0',
    '42000 INT to 1/0',
    '52000 kill 1/0',
  ]);
});

test('a worker that ends gets no further signal', t => {
  const fates = [{...HEALTHY, lingersMs: 35_000}];
  t.deepEqual(play(serving({signalOnHup: IN_STEPS, fates}), hup), [
    '1000 spawn 2',
    '2000 QUIT to 1/0',
    '32000 TERM to 1/0',
  ]);
});

test('without KILL at its end a sequence kills nobody', t => {
  const signalOnHup = {...IN_STEPS, killAfterMs: null};
  const simulation = serving({signalOnHup, fates: [{...HEALTHY, lingersMs: null}]});
  simulation.hup();
  simulation.advance(1_000_000);
  t.deepEqual(simulation.story().at(-1), '42000 INT to 1/0');
});

test('a stop takes the sequence of signal-on-term, for SIGQUIT as for SIGTERM', t => {
  for (const signal of ['TERM', 'QUIT'] as const) {
    t.deepEqual(play(serving({signalOnTerm: IN_STEPS, fates: deaf}), stop(signal, 'a')), [
      '1000 QUIT to 1/0',
      '31000 TERM to 1/0',
      '41000 INT to 1/0',
      '51000 kill 1/0',
      '51000 stopped a',
    ]);
  }
});

test('SIGQUIT after SIGTERM sends nothing again; SIGINT sends TERM, and no further signal follows', t => {
  const story = play(
    serving({signalOnTerm: IN_STEPS, fates: deaf}),
    stop('TERM'),
    wait(1000),
    stop('QUIT'),
    stop('INT'),
  );
  t.deepEqual(story, ['1000 QUIT to 1/0', '2000 TERM to 1/0', '51000 kill 1/0', '51000 stopped']);
});

test('a stop during a restart begins its own sequence, and gives nobody more time', t => {
  const signalOnTerm = {signal: 'TERM', further: [{signal: 'INT', afterMs: 5000}], killAfterMs: 90_000};
  const story = play(
    serving({signalOnHup: IN_STEPS, signalOnTerm, fates: deaf}),
    hup,
    wait(11_000),
    stop('TERM'),
  );
  t.deepEqual(
    story.filter(line => line.includes('1/0')),
    ['2000 QUIT to 1/0', '12000 TERM to 1/0', '17000 INT to 1/0', '52000 kill 1/0'],
  );
});

test('the stop timeout kills sooner than the sequence; who asks to kill at a time of his own has that', t => {
  const options = {signalOnTerm: IN_STEPS, fates: deaf};
  t.is(play(serving({...options, stopTimeoutMs: 45_000}), stop('TERM')).at(-2), '46000 kill 1/0');
  t.is(play(serving(options), stop('TERM', null, 60_000)).at(-2), '61000 kill 1/0');
});

test('a worker that asks for time gets the next signal later, and all others as much later', t => {
  const simulation = serving({signalOnHup: IN_STEPS, fates: deaf});
  simulation.hup();
  simulation.advance(20_000);
  simulation.submit({type: 'extend', generation: 1, worker: 0, ms: 15_000});
  simulation.rest();
  t.deepEqual(simulation.story().slice(-3), ['36000 TERM to 1/0', '46000 INT to 1/0', '56000 kill 1/0']);
});

test('the client of a restart hears at the end of the sequence that the old generation is gone', t => {
  t.deepEqual(play(serving({signalOnHup: IN_STEPS, fates: deaf}), ask('a')).slice(-2), [
    '52000 kill 1/0',
    '52000 a: completed',
  ]);
});

test('a timer that is late sends all that is due, in its order', t => {
  const simulation = serving({signalOnHup: IN_STEPS, fates: deaf});
  simulation.hup();
  simulation.advance(1000);
  simulation.freeze(45_000);
  simulation.rest();
  t.deepEqual(simulation.story().slice(-3), ['47000 TERM to 1/0', '47000 INT to 1/0', '52000 kill 1/0']);
});

test('what is left of a group goes on with the sequence', t => {
  const fates = [{...HEALTHY, lingersMs: 10_000, remains: 'stays' as const}];
  t.deepEqual(play(serving({signalOnHup: IN_STEPS, fates}), hup).slice(2), [
    '12000 QUIT to 1/0',
    '32000 TERM to 1/0',
    '42000 INT to 1/0',
    '52000 kill 1/0',
  ]);
});
