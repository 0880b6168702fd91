/** Runs one world: its boot, its storm and the rest after it. */
import {isDeepStrictEqual} from 'node:util';
import {act} from './act.js';
import {checkStep} from './rules/invariants.js';
import {createSeen, demand, outOfReach, type Seen, waitingOf} from './rules/seen.js';
import {type Action, bounded, type Scenario} from './storm/scenario.js';
import type {Core} from './world/options.js';
import {createRandom} from './world/random.js';
import {type Observed, Simulation} from './world/simulation.js';

export type Outcome = {
  /** The rule that was broken, or null. */
  readonly broken: string | null;
  /** How many inputs the core has taken. */
  readonly steps: number;
};

/** @param listen called after every step, sound or not */
export function runScenario(
  scenario: Scenario,
  core?: Core,
  listen: (observed: Observed) => void = () => {},
): Outcome {
  const simulation = new Simulation(bounded(scenario), core);
  const seen = createSeen(scenario.isCareful);
  let steps = 0;
  if (scenario.ties !== null) simulation.tie = createRandom(scenario.ties).below;
  simulation.observe = observed => {
    steps++;
    listen(observed);
    checkStep(observed, seen, simulation);
  };
  try {
    live(simulation, scenario.actions, seen);
    demand(waitingOf(seen).length === 0, 'everybody who asked is answered');
    if (seen.stopped) checkEnded(simulation);
    else checkServing(simulation, seen.scaledTo ?? scenario.options.workers);
    return {broken: null, steps};
  } catch (error) {
    // The text of a fault names what is not there. It would be found in every world, and show nothing.
    if (error instanceof ReferenceError) throw error;
    return {broken: error instanceof Error ? error.message : String(error), steps};
  }
}

/** After the storm, workers come up and no client asks for anything. */
function live(simulation: Simulation, actions: readonly Action[], seen: Seen): void {
  simulation.boot();
  for (const [nth, action] of actions.entries()) act({simulation, seen, token: `client-${nth}`}, action);
  simulation.fates = [];
  simulation.checks.fates = [];
  const {link} = simulation.releases;
  simulation.releases.deploy(link, false);
  simulation.releases.broken.clear();
  const {killOldDelayMs} = simulation.model.tunables;
  simulation.submit({type: 'environment', tunables: {killOldDelayMs, autoRestartMs: null}});
  simulation.rest();
}

function checkServing({model, alive, timerAt}: Simulation, workers: number): void {
  const left = [...alive.values()].filter(({refused}) => refused !== null);
  const isLeft = ({number}: {readonly number: number}) => left.some(({generation}) => generation === number);
  const served = model.generations.find(({phase}) => phase === 'ready');
  const others = model.generations.filter(generation => generation !== served);
  demand(served !== undefined && others.every(isLeft), 'exactly one ready generation is left');
  const staying = served.workers.filter(worker => !('refused' in worker && worker.refused));
  demand(
    staying.every(({phase}) => phase === 'ready'),
    'all its workers are ready',
  );
  const places = staying.map(({index}) => index).sort();
  const wanted = Array.from({length: workers}, (_, index) => index);
  demand(isDeepStrictEqual(places, wanted), 'it has as many workers as are wanted, one a place');
  demand(alive.size === workers + left.length, 'no other worker lives that obeys');
  const {restart, following, recovery} = model;
  demand(restart === null && following === null && recovery === null, 'no restart is left');
  demand(model.reported?.undecided === 0, 'no reload is left without its end');
  demand(model.trial === null, 'no trial is left');
  demand(model.paused === null, 'no pause is left');
  demand(model.finishing === null, 'no restart waits for its end');
  demand(model.scaling.length === 0, 'nobody waits for the number of workers');
  demand(timerAt === null, 'no timer is set');
}

function checkEnded(simulation: Simulation): void {
  const {model, alive, timerAt} = simulation;
  const left = outOfReach(simulation).length;
  demand(model.ended, 'ssd has ended');
  demand(alive.size === left, 'no worker lives that can be killed');
  demand(model.generations.flatMap(({workers}) => workers).length === left, 'ssd knows of no other worker');
  demand(timerAt === null, 'no timer is set');
}
