import type {Simulation} from './simulation.js';

/** Another image of ssd takes its place, with the same options. What it is handed has gone through JSON. */
export function upgrade(simulation: Simulation): void {
  const {core, model, agenda} = simulation;
  const handed: typeof model = JSON.parse(JSON.stringify(model));
  agenda.timerAt = null;
  const workers = {asked: model.workers, before: model.workers};
  simulation.model = core.reviveModel(handed, {settings: handed.settings, workers});
  simulation.submit({type: 'revive', from: '1.0.0', to: '1.0.1', token: null});
}
