/** The invariants at the top of `supervisor.ts`, held against random storms of events. */
import {isDeepStrictEqual} from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import {checkEffects, checkModel, createSeen, demand, type Seen} from '../../helpers/invariants.js';
import {type Options, Simulation} from '../../helpers/simulation.js';
import {type Action, act, bounded, options, stopping, storm, stormAfterStop} from '../../helpers/weather.js';

test('after any storm one whole ready generation is left, and every request was answered exactly once', t => {
  const property = fc.property(options, storm, (chosen, actions) => {
    const {simulation, seen} = weather(bounded(chosen), actions);
    simulation.fates = [];
    const {killOldDelayMs} = simulation.model.tunables;
    simulation.submit({type: 'environment', tunables: {killOldDelayMs, autoRestartMs: null}});
    simulation.rest();
    checkAnswered(seen);
    if (seen.stopped) checkEnded(simulation);
    else checkServing(simulation, lastScale(actions) ?? chosen.workers);
  });
  fc.assert(property, {numRuns: 700, includeErrorInReport: true});
  t.pass();
});

test('a stop at any moment leaves no workers, and every request was answered exactly once', t => {
  const property = fc.property(options, storm, stopping, stormAfterStop, (chosen, before, stop, after) => {
    const isKilled = chosen.stopTimeoutMs !== null || stop.killAfterMs !== null;
    const {simulation, seen} = weather(bounded(chosen, isKilled), [...before, stop, ...after]);
    simulation.rest();
    checkAnswered(seen);
    checkEnded(simulation);
  });
  fc.assert(property, {numRuns: 500, includeErrorInReport: true});
  t.pass();
});

/** Drives a new core through the actions, and checks the invariants after every step. */
function weather(chosen: Options, actions: readonly Action[]): {simulation: Simulation; seen: Seen} {
  const simulation = new Simulation(chosen);
  const seen = createSeen();
  simulation.observe = observed => {
    checkModel(observed);
    checkEffects(observed, seen, simulation);
  };
  simulation.boot();
  for (const [nth, action] of actions.entries()) {
    if (action.type === 'forget') {
      hangUp(simulation, seen, action.nth);
      continue;
    }
    const token = `request-${nth}`;
    seen.answers.set(token, 0);
    if (action.type === 'stop') seen.stopped = true;
    if (!act(simulation, action, token)) seen.answers.delete(token);
  }
  return {simulation, seen};
}

/** One of those who wait hangs up, and must not be answered any more. */
function hangUp(simulation: Simulation, seen: Seen, nth: number): void {
  const waiting = [...seen.answers].filter(([, answers]) => answers === 0).map(([token]) => token);
  const token = waiting[nth % Math.max(1, waiting.length)];
  if (token === undefined) return;
  seen.answers.delete(token);
  simulation.submit({type: 'forget', token});
}

function lastScale(actions: readonly Action[]): number | null {
  const last = actions.findLast(action => action.type === 'scale');
  return last?.type === 'scale' ? last.workers : null;
}

function checkAnswered(seen: Seen): void {
  for (const [token, answers] of seen.answers) demand(answers === 1, `${token} is answered`);
}

function checkServing({model, alive, timerAt}: Simulation, workers: number): void {
  const phases = model.generations.map(generation => generation.phase);
  demand(isDeepStrictEqual(phases, ['ready']), 'exactly one ready generation is left');
  const served = model.generations.flatMap(generation => generation.workers);
  demand(
    served.every(({phase}) => phase === 'ready'),
    'all its workers are ready',
  );
  const places = served.map(({index}) => index).sort();
  const wanted = Array.from({length: workers}, (_, index) => index);
  demand(isDeepStrictEqual(places, wanted), 'it has as many workers as are wanted, one a place');
  demand(alive.size === workers, 'no other worker lives');
  demand(model.restart === null && model.following === null, 'no restart is left');
  demand(model.finishing === null, 'no restart waits for its end');
  demand(model.scaling.length === 0, 'nobody waits for the number of workers');
  demand(timerAt === null, 'no timer is set');
}

function checkEnded({model, alive, timerAt}: Simulation): void {
  demand(model.ended && model.generations.length === 0, 'ssd has ended');
  demand(alive.size === 0, 'no worker lives');
  demand(timerAt === null, 'no timer is set');
}
