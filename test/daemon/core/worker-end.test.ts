/** The rest of a worker whose leader has ended, and workers that cannot be signalled. */
import test from 'ava';
import type {KillEffect, SignalEffect} from '../../../src/daemon/core/types.js';
import {workerTransition} from '../../../src/daemon/core/worker/worker.js';
import type {WorkerInput} from '../../../src/daemon/core/worker/worker-end.js';
import type {
  LingeringWorker,
  ReadyWorker,
  RetiringWorker,
  StartingWorker,
  Worker,
} from '../../../src/daemon/core/worker/worker-state.js';
import type {Ending} from '../../../src/shared/protocol/event.js';

const NOW = 10_000;
const CRASH: Ending = {type: 'exited', code: 1};
const LIVING = {
  ...{generation: 7, id: 3, index: 1, restarts: 2, pid: 103, spawnedAt: 9000, graceMs: 700},
  note: {text: null, stopping: false},
} as const;
const STARTING: StartingWorker = {...LIVING, phase: 'starting', due: 'ready', dueAt: NOW + 1};
const READY: ReadyWorker = {...LIVING, phase: 'ready', readyAt: 9500};
const told = {toldAt: NOW, killAt: null, killed: false, steps: [], signal: 'HUP', refused: false} as const;
const RETIRING: RetiringWorker = {...LIVING, phase: 'retiring', ...told};
const LINGERING: LingeringWorker = {...LIVING, phase: 'lingering', ...told};
const LEFT = {killed: true, refused: true, killAt: null} as const;

const ended = {type: 'leader-ended', ending: CRASH, hint: null} as const;
const leaderEnded = (killAfterMs: number | null) => ({
  ...ended,
  farewell: {signal: 'QUIT', further: [], killAfterMs},
});
const refused = (signal: string, killAfterMs: number | null = null) =>
  ({type: 'signal-refused', signal, cause: 'EPERM', killAfterMs}) as const;
const tell = (signal: string | null, killAfterMs: number | null) =>
  ({type: 'tell', signal, further: [], killAfterMs}) as const;
const LOSS = {at: NOW, worker: 3, pid: 103, ending: CRASH, hint: null, livedMs: 1000};
const toldBy = (signal: string): SignalEffect => ({
  type: 'signal',
  generation: 7,
  worker: 3,
  pid: 103,
  signal,
});
const KILL: KillEffect = {type: 'kill', generation: 7, worker: 3, pid: 103};

function step(state: Worker, input: object) {
  return workerTransition(state, {now: NOW, worker: 3, ...input} as WorkerInput);
}

test('what is left of a worker that was told to finish is told the same, and has the time that is left', t => {
  const due = {...RETIRING, killAt: NOW + 300};
  t.deepEqual(step(due, leaderEnded(9000)), {
    next: {...LINGERING, killAt: NOW + 300},
    effects: [toldBy('HUP')],
  });
});

test('what is left of a lost worker is told to finish as one that is replaced', t => {
  t.deepEqual(step(READY, leaderEnded(3000)), {
    next: {...LINGERING, signal: 'QUIT', killAt: NOW + 3000},
    effects: [toldBy('QUIT')],
    loss: LOSS,
  });
  t.like(step(READY, leaderEnded(null)), {next: {killAt: null}});
});

test('what is left of one that never served is told to finish soon', t => {
  t.deepEqual(step(STARTING, leaderEnded(null)), {
    next: {...LINGERING, signal: 'TERM', killAt: NOW + 700},
    effects: [toldBy('TERM')],
    loss: LOSS,
  });
});

test('what is left of a killed worker is killed at the next sweep, and told nothing', t => {
  const sweep = {...RETIRING, killed: true, killAt: NOW + 300};
  t.deepEqual(step(sweep, leaderEnded(null)), {
    next: {...LINGERING, killed: true, killAt: NOW + 300},
    effects: [],
  });
  t.like(step({...RETIRING, ...LEFT}, leaderEnded(null)), {next: {refused: false, killAt: NOW + 1000}});
});

test('what is left is killed like a worker, and gone when the last of it is', t => {
  const due = {...LINGERING, killAt: NOW};
  const killed = {...LINGERING, killed: true, killAt: NOW + 1000};
  t.deepEqual(step(due, {type: 'deadline'}), {next: killed, effects: [KILL]});
  t.deepEqual(step(LINGERING, {type: 'kill'}), {next: killed, effects: [KILL]});
  t.deepEqual(step(killed, {type: 'kill'}), {next: killed, effects: []});
  t.deepEqual(step(LINGERING, tell('TERM', 400)), {
    next: {...LINGERING, signal: 'TERM', killAt: NOW + 400},
    effects: [toldBy('TERM')],
  });
  t.deepEqual(step(LINGERING, {type: 'exited', ending: CRASH, hint: null}), {
    next: {phase: 'gone'},
    effects: [],
  });
});

test('nothing else happens to what is left', t => {
  const inputs = [
    {type: 'spawned', pid: 4},
    {type: 'spawn-failed', cause: 'EAGAIN'},
    leaderEnded(5),
    {type: 'ready'},
    {type: 'unready'},
    {type: 'extend', ms: 4000},
    {type: 'noted', text: 'warm', stopping: true},
    {type: 'deadline'},
  ];
  for (const input of inputs) t.deepEqual(step(LINGERING, input), {next: LINGERING, effects: []}, input.type);
});

test('a worker that refuses to be told is not killed for it, unless ssd is to stop', t => {
  for (const state of [RETIRING, LINGERING]) {
    t.deepEqual(step(state, refused('HUP')), {next: {...state, refused: true}, effects: []});
    t.deepEqual(step(state, refused('HUP', 700)), {
      next: {...state, refused: true, killAt: NOW + 700},
      effects: [],
    });
  }
  t.like(step({...RETIRING, killAt: NOW + 5}, refused('HUP', 700)), {next: {killAt: NOW + 5}});
});

test('a worker that cannot be killed is left alone from then on', t => {
  const killed = {...RETIRING, killed: true, killAt: NOW + 1000};
  t.deepEqual(step(killed, refused('KILL')), {next: {...RETIRING, ...LEFT}, effects: []});
  t.deepEqual(step({...RETIRING, ...LEFT}, tell('TERM', 5)), {next: {...RETIRING, ...LEFT}, effects: []});
});

test('a refused signal before the kill says nothing about the kill', t => {
  const killed = {...RETIRING, killed: true, killAt: NOW + 1000};
  t.deepEqual(step(killed, refused('HUP')), {next: killed, effects: []});
});

test('a worker that refused one signal may take the next', t => {
  t.deepEqual(step({...RETIRING, refused: true}, tell('TERM', null)), {
    next: {...RETIRING, signal: 'TERM'},
    effects: [toldBy('TERM')],
  });
  t.deepEqual(step({...RETIRING, refused: true}, tell(null, 5)), {
    next: {...RETIRING, refused: true, killAt: NOW + 5},
    effects: [],
  });
});
