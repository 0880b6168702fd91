/** Which hints the core gives, drops and adds. */
import test from 'ava';
import type {LivingGeneration} from '../../../src/daemon/core/generation-state.js';
import {hintOf} from '../../../src/daemon/core/hint.js';
import type {Model} from '../../../src/daemon/core/model.js';
import type {Loss} from '../../../src/daemon/core/worker/worker-state.js';
import {ask} from '../../simulation/world/acts.js';
import {serving} from '../../simulation/world/simulation.js';

/** A generation that replaced another, and how its worker ended. */
function replaced(): {readonly model: Model; readonly generation: LivingGeneration} {
  const simulation = serving();
  ask('a')(simulation);
  simulation.rest();
  const {model} = simulation;
  return {model, generation: model.generations.at(-1) as LivingGeneration};
}

function loss(part: Partial<Loss> = {}): Loss {
  return {at: 0, worker: 0, pid: 7, ending: {type: 'exited', code: 1}, hint: null, livedMs: 1500, ...part};
}

const killed = (signal: string) => loss({ending: {type: 'signalled', signal}});

test('a worker that took over by the interval, and ended soon by its own doing', t => {
  const {model, generation} = replaced();
  for (const ended of [loss(), killed('SIGSEGV'), loss({hint: 'may-bind-port-itself'})])
    t.is(hintOf(model, generation, ended), 'ready-by-interval');
});

test('a signal from outside says nothing of how the worker was started', t => {
  const {model, generation} = replaced();
  for (const signal of ['SIGKILL', 'SIGHUP', 'SIGTERM'])
    t.is(hintOf(model, generation, killed(signal)), null);
  const asked = {...model, signalled: [7]};
  t.is(hintOf(asked, generation, loss()), null);
  t.is(hintOf(asked, generation, loss({hint: 'may-run-in-background'})), null);
  t.is(hintOf(asked, generation, loss({hint: 'binds-port-itself'})), 'binds-port-itself');
});

test('what the worker said, and what served for long', t => {
  const {model, generation} = replaced();
  t.is(hintOf(model, generation, loss({hint: 'library-missing'})), 'library-missing');
  t.is(hintOf(model, generation, loss({livedMs: 10_001})), null);
});

test('a first generation has replaced none', t => {
  const {model} = serving();
  t.is(hintOf(model, model.generations[0] as LivingGeneration, loss()), null);
});

test('a start that fails has not counted as ready, and one that serves knows the listeners', t => {
  const simulation = serving();
  ask('a')(simulation);
  const {model} = simulation;
  const starting = model.generations.at(-1) as LivingGeneration;
  t.is(starting.phase, 'starting');
  t.is(hintOf(model, starting, loss()), null);
  t.is(hintOf(model, starting, loss({hint: 'may-bind-port-itself'})), null);
  t.is(
    hintOf({...model, generations: [starting]}, starting, loss({hint: 'may-bind-port-itself'})),
    'may-bind-port-itself',
  );
});
