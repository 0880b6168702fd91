/** Before room is made for a generation, ssd looks whether it could start at all. */
import {feed} from '../feed.js';
import {createNext} from '../settle.js';
import {type Turn, update} from '../turn.js';
import type {Input} from '../types.js';

/** What could not start counts as an attempt that has failed, without a process and without a gap. */
export function takeLooked(turn: Turn, {failure, now}: Extract<Input, {type: 'looked'}>): void {
  const {model} = turn;
  const asked = (['restart', 'recovery'] as const).find(one => model[one]?.look === 'asked');
  const next = asked && model[asked];
  if (!next) return;
  update(turn, {[asked]: {...next, look: failure ? null : 'passed'}});
  if (!failure) return;
  const generation = createNext(turn, now);
  for (const {id: worker} of generation?.workers ?? [])
    feed(turn, generation?.number ?? 0, {type: 'spawn-failed', now, worker, ...failure});
}
