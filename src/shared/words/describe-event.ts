/** One line for each event of the daemon. The log of ssd and ssctl share them. */

import {correlated} from '../correlated.js';
import type {Event, RestartEnd} from '../protocol/event.js';
import type {WithTraffic} from '../protocol/traffic.js';
import {describeProblem, describeSolved} from './describe-problem.js';
import {formatDuration} from './duration.js';
import {explain} from './errno.js';
import {describeLeftOut} from './left-out.js';
import {formatSize} from './size.js';
import {describeEnding, describeFailedStart, describeHint} from './starts/failed-start.js';
import {describeCancelled, generationsOf, pidsOf} from './wording.js';

/** A hint follows the first of so many attempts. Who looks at a log later finds one not far up. */
const HINT_EVERY = 10;

type EventOf<T extends Event['type']> = Extract<Event, {type: T}>;
type Lines = {readonly [T in Event['type']]: (event: EventOf<T>) => string};

const lines: Lines = {
  'restart-asked': ({by, queued, release}) =>
    `restart ${release === undefined ? '' : `from ${release} `}requested by ${ORIGINS[by]}${queued ? '; it follows the running one' : ''}`,
  'cancel-asked': ({generation}) =>
    generation === null ? 'cancel requested' : `cancel requested for the start of generation ${generation}`,
  'scale-asked': ({workers}) => `scale to ${workers} ${workers === 1 ? 'worker' : 'workers'} requested`,
  'making-room': ({generations}) =>
    `the next generation starts when ${generationsOf(generations)} ${generations.length === 1 ? 'is' : 'are'} gone (stop-first)`,
  paused: ({maxMs}) => `paused: no worker is to run for ${formatDuration(maxMs)} at the most`,
  resumed: ({by, pausedMs}) => `resumed ${RESUMED[by]} after a pause of ${formatDuration(pausedMs)}`,
  'stop-asked': ({signal}) => `stop requested (${signal})`,
  adopted: ({generation, pids, release}) =>
    `generation ${generation} is taken over from an ssd that has died, ${pidsOf(pids)}${release === undefined ? '' : `, from ${release}`}`,
  'not-adopted': describeLeftOut,
  upgraded: ({from, to}) =>
    `ssd ${to} has taken the place of ${from === to ? 'the one before it' : `ssd ${from}`}`,
  'upgrade-failed': ({problem}) => `warning: ssd is not replaced, and goes on as it is: ${problem}`,
  spawned: ({generation, pid, added, release}) =>
    `generation ${generation} spawned${added ? ' another worker' : ''}, pid ${pid}${release === undefined ? '' : `, from ${release}`}`,
  'worker-ready': ({generation, pid}) => `generation ${generation}, pid ${pid}, is ready`,
  ready: ({generation, pids, tookMs}) =>
    `generation ${generation} is ready after ${formatDuration(tookMs)}, ${pidsOf(pids)}`,
  'trial-began': ({generation, old, forMs}) =>
    `generation ${generation} is on trial for ${formatDuration(forMs)}; generation ${old} serves beside it`,
  'trial-checked': ({generation, run, cause, leftMs}) =>
    `check ${run} of generation ${generation} ${cause === null ? 'succeeded' : `failed: it ${cause}`}; ${formatDuration(leftMs)} left of its trial`,
  'trial-ended': ({generation, old, passed, tookMs}) =>
    `the trial of generation ${generation} ${passed === null ? 'is superseded' : passed ? 'has passed' : 'has failed'} after ${formatDuration(tookMs)}${passed === false && old !== null ? `; generation ${old} is current again` : ''}`,
  'release-gone': ({generation, release, instead}) =>
    release === instead
      ? `warning: another directory has taken the name of release ${release}; generation ${generation} starts from it`
      : `warning: release ${release} is gone; generation ${generation} starts from ${instead}, as --release says now`,
  'start-failed': failed => {
    const hint =
      failed.hint && failed.attempt % HINT_EVERY === 1 ? `; hint: ${describeHint(failed.hint)}` : '';
    return `attempt ${failed.attempt} failed: ${describeFailedStart(failed)}${hint}`;
  },
  lost: ({generation, pid, ending, livedMs, hint}) =>
    `generation ${generation} lost its worker${pid === null ? '' : `, pid ${pid}`}: it ${describeEnding(ending)} after ${formatDuration(livedMs)}${hint ? `; hint: ${describeHint(hint)}` : ''}`,
  'too-heavy': ({generation, pid, bytes, limit}) =>
    `generation ${generation}, pid ${pid}, takes ${formatSize(bytes)} of memory, more than ${formatSize(limit)}; it is told to finish when its successor is ready`,
  delaying: ({generations, delayMs}) =>
    `${generationsOf(generations)} will be told to finish in ${formatDuration(delayMs)}`,
  telling: ({generation, pids, signal}) => `sending ${signal} to generation ${generation}, ${pidsOf(pids)}`,
  killing: ({generation, pids}) => `killing generation ${generation}, ${pidsOf(pids)}`,
  finished: ({generation, pid, ending}) => `generation ${generation}, pid ${pid}, ${describeEnding(ending)}`,
  'leader-ended': ({generation, pid, ending}) =>
    `generation ${generation}, pid ${pid}, ${describeEnding(ending)}; other processes of its group live`,
  'restart-ended': end => `${describeRestartEnd(end)}${describeTraffic(end)}`,
  scaled: ({workers}) => `${workers} ${workers === 1 ? 'worker is' : 'workers are'} ready`,
  signalled: describeSignalled,
  problem: problem => `warning: ${describeProblem(problem)}`,
  'problem-solved': solved =>
    `resolved after ${formatDuration(solved.lastedMs)}: ${describeSolved(solved)}${solved.count > 1 ? ` (occurred ${solved.count} times)` : ''}`,
  stopped: ({left = []}) =>
    left.length === 0 ? 'all workers are gone' : `pid ${left.join(', ')} cannot be killed and is left behind`,
};

function describeRestartEnd(end: RestartEnd): string {
  switch (end.verdict) {
    case 'completed':
      return `restart completed: generation ${end.generation} replaced ${end.replaced.join(', ')}${leftOf(end.retiring)}`;
    case 'failed':
      return `restart failed: ${describeFailedStart(end)}`;
    case 'superseded':
      return `restart superseded: generation ${end.by} replaced ${end.generation}`;
    case 'cancelled':
      return `restart cancelled: ${describeCancelled(end.reason)}`;
  }
}

/** What clients have suffered from a restart, as the end of a sentence. Empty if nothing. */
export function describeTraffic({drops, drained}: WithTraffic): string {
  const dropped = drops
    ? `; the kernel dropped ${drops} ${drops === 1 ? 'packet' : 'packets'} of clients`
    : '';
  const cut = drained ? drained.open - drained.ended : 0;
  const were = cut === 1 ? 'was' : 'were';
  return `${dropped}${cut > 0 ? `; ${cut} of ${drained?.open} open connections ${were} cut off` : ''}`;
}

function describeSignalled({signal, pids, forwarded, refused = []}: EventOf<'signalled'>): string {
  if (!forwarded) return `sent ${signal} to ${pidsOf(pids)}, as requested`;
  const denied = refused.map(({pid, cause}) => `; pid ${pid} could not be signalled: ${explain(cause)}`);
  return `passed ${signal} on to ${pids.length === 0 ? 'no worker' : pidsOf(pids)}${denied.join('')}`;
}

function leftOf(retiring: readonly number[] = []): string {
  return retiring.length === 0 ? '' : `; ${generationsOf(retiring)} cannot be told to finish`;
}

const RESUMED = {request: 'by a control client', time: 'by itself', restart: 'by a restart'} as const;

const ORIGINS = {signal: 'SIGHUP', request: 'a control client', 'auto-restart': 'the auto-restart interval'};

/** Describes an event. A newer daemon may send an event that this program does not know; that is shown as JSON. */
export function describeEvent(event: Event): string {
  if (!Object.hasOwn(lines, event.type)) return JSON.stringify(event);
  return correlated(lines[event.type])(event);
}
