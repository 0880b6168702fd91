/** Looks at everything with which workers will be started, before anything is made for them. */
import type {Config} from '../config/config.js';
import {
  createEnvironmentReader,
  demandReadable,
  type EnvironmentReader,
  type EnvironmentState,
} from '../workers/environment.js';
import {type Confinement, createConfinement} from '../workers/privileges/confinement.js';
import {checkPrograms} from '../workers/program.js';
import {startDirectory} from '../workers/release/directory.js';

/** With what workers are started: their environment, and as whom they run. */
export type Prepared = {readonly environment: EnvironmentReader; readonly confinement: Confinement};

/**
 * @param revived what a former image of ssd has handed over: it has workers, and what keeps others from starting is found at
 *   the next restart
 * @throws {Refusal} what would keep every worker from starting
 */
export async function prepareWorkers(
  config: Config,
  revived: EnvironmentState | null = null,
): Promise<Prepared> {
  const confinement = await createConfinement(config);
  const environment = createEnvironmentReader(confinement.env, revived);
  if (revived) return {environment, confinement};
  const {env} = demandReadable(environment.read());
  const place = {...config, directory: startDirectory(config)};
  checkPrograms(place, env);
  confinement.demand(place, env);
  return {environment, confinement};
}
