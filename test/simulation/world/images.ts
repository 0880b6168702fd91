/** ssd is killed, and the next one takes over what it has left; or another image takes its place. */
import type {Adopted} from '../../../src/daemon/core/adoption/adopted.js';
import type {RemainingGeneration} from '../../../src/daemon/core/adoption/leave.js';
import type {Simulation} from './simulation.js';
import {keyOf} from './story.js';

/**
 * Kills ssd. What it wrote down has survived as JSON.
 *
 * @returns what the next one can take over; null: nothing of it lives
 */
export function die(simulation: Simulation): Adopted | null {
  const {core, model, population, agenda, releases} = simulation;
  const remains: ReturnType<typeof core.remainsOf> = JSON.parse(JSON.stringify(core.remainsOf(model)));
  agenda.outlive(population.outlive());
  simulation.model = simulation.fresh();
  const living = ({number, workers, ...rest}: RemainingGeneration) => ({
    number,
    ...rest,
    workers: workers.flatMap(worker => {
      const found = population.alive.get(keyOf({generation: number, worker: worker.id}));
      return found ? [{ageMs: simulation.now - found.spawnedAt, ...worker}] : [];
    }),
  });
  const generations = remains.generations.map(living).filter(({workers}) => workers.length > 0);
  if (generations.length === 0) return null;
  const {good, former} = remains;
  const named = generations.flatMap(({number: generation, release}) =>
    release === null ? [] : [{generation, release}],
  );
  releases.begin([...[former, good].flatMap(one => one ?? []), ...named]);
  return {...remains, generations};
}

/** The next ssd starts. */
export function revive(simulation: Simulation, adopted: Adopted | null): void {
  if (adopted === null) simulation.boot();
  else simulation.submit({type: 'adopt', adopted, leftOut: []});
}

/** Another image of ssd takes its place, with the same options. What it is handed has gone through JSON. */
export function upgrade(simulation: Simulation): void {
  const {core, model, agenda} = simulation;
  const handed: typeof model = JSON.parse(JSON.stringify(model));
  agenda.timerAt = null;
  const workers = {asked: model.workers, before: model.workers};
  simulation.model = core.reviveModel(handed, {settings: handed.settings, workers});
  simulation.submit({type: 'revive', from: '1.0.0', to: '1.0.1', token: null});
}
