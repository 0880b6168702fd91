/** The checks of trials in a simulation. */
import type {Effect, Input} from '../../../src/daemon/core/types.js';

/** What becomes of one check. */
export type CheckFate = {
  readonly takesMs: number;
  readonly fails: boolean;
  /** Its result comes although nobody waits for it any more. */
  readonly echoes: boolean;
};

export const SOUND: CheckFate = {takesMs: 30, fails: false, echoes: false};

type Order = Extract<Effect, {type: 'check'}>;
type Checked = Omit<Extract<Input, {type: 'checked'}>, 'now'>;

export class Checks {
  /** The fates of the next checks; after the last one, all succeed. */
  fates: readonly CheckFate[] = [];
  /** The one that runs. */
  #echoes = false;

  /** @returns what will be heard of this check, and when */
  run({generation, run}: Order): {readonly inMs: number; readonly fact: Checked} {
    const [fate = SOUND, ...later] = this.fates;
    this.fates = later;
    this.#echoes = fate.echoes;
    const failure = fate.fails ? {cause: 'exited with status 1', output: ['no']} : null;
    return {inMs: fate.takesMs, fact: {type: 'checked', generation, run, failure}};
  }

  /** Whether the one that was ended is heard of all the same. */
  get echoes(): boolean {
    return this.#echoes;
  }
}
