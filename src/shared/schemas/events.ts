/** The events, in the order of `src/shared/protocol/event.ts`. */
import * as v from 'valibot';
import type {Event, Recorded} from '../protocol/event.js';
import type {Agrees} from './agreement.js';
import {ending, failedStart, hint, problemFacts} from './failures.js';
import {
  counted,
  flag,
  generation,
  generations,
  leftOut,
  orNull,
  pid,
  pids,
  says,
  text,
  time,
  whole,
  withRelease,
} from './values.js';
import {refused, restartEnds} from './verdicts.js';

const of = <T extends string, E extends v.ObjectEntries>(type: T, entries: E) =>
  v.object({type: v.literal(type), ...entries});

const asked = [
  of('restart-asked', {
    by: v.picklist(['signal', 'request', 'auto-restart']),
    queued: flag,
    ...withRelease,
  }),
  of('stop-asked', {signal: v.picklist(['TERM', 'INT', 'QUIT'])}),
  of('cancel-asked', {generation: orNull(generation)}),
  says(
    of('making-room', {generations}),
    'These generations are told to finish before the next one starts (`--order=stop-first`).',
  ),
  of('scale-asked', {workers: counted}),
  says(
    of('paused', {maxMs: whole}),
    'No worker is to run until `resumed`, which comes after this time at the latest.',
  ),
  of('resumed', {by: v.picklist(['request', 'time', 'restart']), pausedMs: whole}),
] as const;

const changes = [
  says(
    of('adopted', {generation, pids, ...withRelease}),
    'Workers of an ssd that was killed: this one has taken them over.',
  ),
  says(
    of('not-adopted', {
      what: v.picklist(['state', 'remains', 'worker', 'listener']),
      subject: says(text, 'The path of the file, the generation, or the listener.'),
      pid: orNull(pid),
      command: says(orNull(text), 'The name of that process; null if it is not known.'),
      cause: text,
    }),
    'What an ssd that was killed has left and this one cannot take over, and why.',
  ),
  says(
    of('upgraded', {from: text, to: text}),
    'The ssd that runs was replaced by the one that is installed, under the same pid. The versions of both.',
  ),
  says(of('upgrade-failed', {problem: text}), 'It was not: nothing has changed.'),
] as const;

const starts = [
  says(
    of('spawned', {generation, pid, added: leftOut(flag), ...withRelease}),
    '`added`: to a generation that was ready before, by a scale or for a lost worker. Left out otherwise.',
  ),
  says(of('worker-ready', {generation, pid}), 'One worker is ready. `ready` reports the whole generation.'),
  of('ready', {generation, pids, tookMs: whole, ...withRelease}),
  says(
    of('trial-began', {generation, old: generation, forMs: whole}),
    'The new generation is current and on trial. The old one serves beside it.',
  ),
  says(
    of('trial-checked', {generation, run: counted, cause: orNull(text), leftMs: whole}),
    'The first check of a trial, or one that ended otherwise than the one before. `cause` null: it succeeded.',
  ),
  says(
    of('trial-ended', {generation, old: orNull(generation), passed: orNull(flag), tookMs: whole}),
    '`passed` null: a later generation is on trial instead. `old` null: there is no old one that could come back.',
  ),
  says(
    of('release-gone', {generation, release: text, instead: text}),
    'The release that ssd would start from is gone. What the link says stands in.',
  ),
  of('start-failed', failedStart),
  of('lost', {
    generation,
    pid: says(orNull(pid), 'null if it could not be spawned.'),
    ending,
    livedMs: whole,
    hint: leftOut(hint),
  }),
  says(
    of('too-heavy', {generation, pid, bytes: whole, limit: whole}),
    'It takes more memory than `--max-memory` allows: `bytes`, with its descendants. Its successor is ordered.',
  ),
] as const;

const ends = [
  of('delaying', {generations, delayMs: whole}),
  of('telling', {generation, pids, signal: text}),
  of('killing', {generation, pids}),
  of('finished', {generation, pid, ending}),
  says(
    of('leader-ended', {
      generation,
      pid,
      ending,
      lost: says(flag, 'The worker had not been told to finish.'),
    }),
    'The process that ssd started has ended, and others of its process group live (`--kill-group`).',
  ),
  ...restartEnds,
  of('scaled', {workers: counted}),
  says(
    of('signalled', {signal: text, pids, forwarded: leftOut(v.literal(true)), refused: leftOut(refused)}),
    '`forwarded`: the signal came to ssd (`--forward`). `refused`: who could not be signalled then, if anybody.',
  ),
  says(of('problem', problemFacts), 'A problem has begun.'),
  says(
    of('problem-solved', {...problemFacts, count: counted, lastedMs: whole}),
    'A problem has ended. `count` is how often it occurred.',
  ),
  says(
    of('stopped', {left: leftOut(pids)}),
    '`left`: the pids of workers that cannot be killed and are left behind; absent if there are none.',
  ),
] as const;

export const event = v.union([...asked, ...changes, ...starts, ...ends]);
export const recorded = says(
  v.intersect([event, v.object({seq: counted, at: time})]),
  'An event with its number, counted from 1 since ssd started, and the time of day (ISO 8601, UTC).',
);

export const eventsAgree: readonly [
  Agrees<v.InferOutput<typeof event>, Event>,
  Agrees<v.InferOutput<typeof recorded>, Recorded>,
] = [true, true];
