/** `ssctl stop --orphans`: ends the workers of an ssd that was killed. */

import {isAbsence, type Tried} from '../../shared/client/find-instance.js';
import {orphansAt, type Untold, warningOf} from '../../shared/client/orphans-at.js';
import {Refusal} from '../../shared/words/errors.js';
import type {Details} from '../arguments/order.js';
import type {Context} from '../instance/context.js';
import {holdOrphans} from '../instance/end-orphans.js';

/** What is killed has a moment to end: one in an uninterruptible wait outlives SIGKILL for a while. */
const KILLED_MS = 10_000;

type Wish = Pick<Details['stop'], 'timeoutMs' | 'killAfterMs'>;

/** @returns null if no candidate has workers without an ssd */
export async function stopOrphans(
  found: readonly Tried[],
  {timeoutMs, killAfterMs}: Wish,
  {output, warn}: Pick<Context, 'output' | 'warn'>,
): Promise<true | null> {
  const untold: Untold[] = [];
  const left = found.flatMap(({name, path, refusal}) => {
    const orphans = refusal && isAbsence(refusal) ? orphansAt(path) : null;
    if (orphans && 'problem' in orphans) untold.push(orphans);
    return orphans && !('problem' in orphans) ? [{name, ...orphans}] : [];
  });
  const [only, ...others] = left;
  if (!only && untold[0]) throw new Refusal({code: 'state-unusable', ...untold[0]});
  if (!only) return null;
  for (const one of untold) warn(warningOf(one));
  if (others.length > 0) throw new Refusal({code: 'several-instances', names: left.map(({name}) => name)});
  const {name, state, workers} = only;
  const orphans = await holdOrphans(workers);
  try {
    if (killAfterMs !== 0) orphans.signal(state.stopSignal);
    let remaining = await orphans.untilEnded(killAfterMs ?? timeoutMs);
    if (killAfterMs !== null) {
      orphans.kill();
      remaining = await orphans.untilEnded(KILLED_MS);
    }
    const refused = orphans.outOfReach();
    if (refused.length > 0) throw new Refusal({code: 'workers-left', pids: refused});
    if (remaining.length > 0 && timeoutMs !== null)
      throw new Refusal({code: 'timed-out', verb: 'stop', seconds: timeoutMs / 1000});
    if (remaining.length > 0) throw new Refusal({code: 'workers-left', pids: remaining});
  } finally {
    orphans.close();
  }
  const pids = workers.map(({pid}) => pid);
  output.result(
    {stopped: true, instance: name, pid: null, orphans: pids},
    () => `the workers of ${name} (pid ${pids.join(', ')}) are gone`,
  );
  return true;
}
