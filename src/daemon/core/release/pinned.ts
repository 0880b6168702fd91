/** What the core remembers of releases: which one a generation runs, and which ones were good (`--release`). */
import type {ReadyGeneration} from '../generation-state.js';
import {tokensFor} from '../restart.js';
import {publish, type Turn, update} from '../turn.js';
import type {Input} from '../types.js';

/** Takes note of the release from which workers of a generation are spawned. */
export function takePinned(
  turn: Turn,
  {generation, release, missing}: Extract<Input, {type: 'pinned'}>,
): void {
  const {generations, good} = turn.model;
  update(turn, {
    generations: generations.map(one => (one.number === generation ? {...one, release} : one)),
    good: good?.generation === generation ? {generation, release} : good,
  });
  if (missing === null) return;
  const gone = {type: 'release-gone', generation, release: missing, instead: release} as const;
  publish(turn, gone, tokensFor(turn.model, generation));
}

/** This generation is good: what ssd restarts of itself is its release, and `rollback` goes back to the one before. */
export function noteGood(turn: Turn, {number: generation, release}: ReadyGeneration): void {
  if (release === null) return;
  const {good, former} = turn.model;
  update(turn, {
    good: {generation, release},
    former: good && good.release !== release ? good : former,
  });
}
