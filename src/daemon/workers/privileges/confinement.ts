/** As whom workers run and within which limits: what spawns workers, and what asks whether they are ready, uses this. */
import {invalidOption} from '../../../shared/words/errors.js';
import type {Config} from '../../config/config.js';
import {createHandDown, type HandDown, readOomScoreAdj, writeOomScoreAdj} from './inherited.js';
import type {Prepared} from './prepare-tools.js';

export type Confinement = Prepared & {readonly handDown: HandDown};

/** Workers are as ssd is. */
export const UNCONFINED: Confinement = {
  command: command => command,
  handDown: start => start(),
  env: {},
  uid: null,
  demand: () => {},
};

/**
 * Finds out what the options need, and refuses what cannot be had.
 *
 * @throws {Refusal} `option-invalid`, `tool-missing`, `privileges-refused`
 */
export async function createConfinement({
  privileges,
  env,
}: Pick<Config, 'privileges' | 'env'>): Promise<Confinement> {
  const {user, group, nice, limits, noNewPrivs, onDeath, oomScoreAdj} = privileges;
  if (oomScoreAdj !== null) demandOomScoreAdj(oomScoreAdj);
  const handDown = createHandDown(privileges);
  const needsSetpriv = user !== null || group !== null || noNewPrivs || onDeath !== 'keep';
  const needsTools = needsSetpriv || nice !== null || limits.length > 0;
  if (!needsTools) return {...UNCONFINED, env, handDown};
  const {prepareTools} = await import('./prepare-tools.js');
  return {...prepareTools(privileges, env), handDown};
}

function demandOomScoreAdj(value: number): void {
  const own = readOomScoreAdj();
  const invalid = (problem: string) => invalidOption('oom-score-adj', String(value), problem);
  if (own === null || !writeOomScoreAdj(own))
    throw invalid('/proc/self/oom_score_adj cannot be written here, so leave this option out');
  if (value < own) throw invalid(`ssd has ${own}, and workers cannot have less than ssd`);
}
