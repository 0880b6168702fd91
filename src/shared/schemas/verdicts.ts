/** The results of the requests that the core answers. */
import * as v from 'valibot';
import type {CancelledVerdict, RestartEnd} from '../protocol/event.js';
import type {WithTraffic} from '../protocol/traffic.js';
import type {
  Accepted,
  Cancelled,
  Paused,
  Rejected,
  Scaled,
  Signalled,
  Upgraded,
  Verdict,
} from '../protocol/verdict.js';
import type {Agrees} from './agreement.js';
import {failedVerdict, withProblems} from './failures.js';
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
  whole,
  withRelease,
} from './values.js';

const traffic = {
  drops: says(
    leftOut(orNull(whole)),
    'What the kernel dropped at all listeners together. null if it does not tell.',
  ),
  dropsBy: says(
    leftOut(v.array(v.object({listener: text, fd: whole, drops: whole}))),
    'The listeners at which it dropped anything.',
  ),
  queuePeak: says(
    leftOut(orNull(whole)),
    'The most connections that were seen to wait at one listener. null if the kernel does not tell.',
  ),
  drained: says(
    leftOut(orNull(v.object({open: whole, ended: whole}))),
    'The connections that the replaced generations had when they were told to finish, and how many of them had ended when they went.',
  ),
};

const cancelledEntries = {
  verdict: v.literal('cancelled'),
  reason: v.picklist([
    'stopping',
    'cancel',
    'other-release',
    'no-former-release',
    'paused',
    'resumed',
    'not-paused',
  ]),
};
const cancelledVerdict = v.object(cancelledEntries);

export const verdict = v.union([
  v.object({
    ...traffic,
    ...withProblems,
    ...withRelease,
    verdict: v.literal('completed'),
    generation,
    pids,
    attempts: counted,
    readyMs: says(whole, 'From the request to the moment the new generation was ready.'),
    tookMs: says(
      whole,
      'From the request to the end of the last replaced worker, or to `ready` if the request waited only for that.',
    ),
    replaced: generations,
    retiring: says(
      generations,
      'The generations of `replaced` that still run: the request waited only for `ready`, or they refused to finish.',
    ),
  }),
  v.object({...traffic, ...failedVerdict}),
  says(
    v.object({
      ...traffic,
      ...withProblems,
      verdict: v.literal('superseded'),
      generation,
      by: generation,
      attempts: counted,
    }),
    'The generation became ready. A later one replaced it before the generations that it had replaced were gone.',
  ),
  v.object({...traffic, ...cancelledEntries}),
]);

/** The event `restart-ended` for each verdict. */
const ended = {type: v.literal('restart-ended'), ...traffic};
export const restartEnds = [
  v.object({
    ...ended,
    ...withRelease,
    verdict: v.literal('completed'),
    generation,
    replaced: generations,
    retiring: says(
      generations,
      'Those of `replaced` that live on, because they could not be told to finish.',
    ),
  }),
  v.object({...ended, ...failedVerdict}),
  v.object({...ended, verdict: v.literal('superseded'), generation, by: generation}),
  v.object({...ended, ...cancelledEntries}),
] as const;

export const paused = v.union([v.object({verdict: v.literal('completed'), leftMs: whole}), cancelledVerdict]);
export const scaled = v.union([
  v.object({verdict: v.literal('completed'), workers: counted, pids}),
  v.object(failedVerdict),
  v.object({verdict: v.literal('superseded'), workers: counted}),
  cancelledVerdict,
]);
export const cancelled = v.object({cancelled: flag, generation: orNull(generation)});
export const accepted = v.object({accepted: flag, generation: orNull(generation)});
export const rejected = v.object({
  rejected: flag,
  generation: orNull(generation),
  back: orNull(generation),
});
export const refused = v.array(v.object({pid, cause: says(text, 'an errno name')}));
export const signalled = v.object({signal: text, pids, refused});
export const upgraded = v.object({verdict: v.literal('completed'), from: text, to: text});

export const verdictsAgree: readonly [
  Agrees<v.InferOutput<typeof verdict>, Verdict>,
  Agrees<v.InferOutput<(typeof restartEnds)[number]>, {type: 'restart-ended'} & RestartEnd & WithTraffic>,
  Agrees<v.InferOutput<typeof paused>, Paused>,
  Agrees<v.InferOutput<typeof scaled>, Scaled>,
  Agrees<v.InferOutput<typeof cancelledVerdict>, CancelledVerdict>,
  Agrees<v.InferOutput<typeof cancelled>, Cancelled>,
  Agrees<v.InferOutput<typeof accepted>, Accepted>,
  Agrees<v.InferOutput<typeof rejected>, Rejected>,
  Agrees<v.InferOutput<typeof signalled>, Signalled>,
  Agrees<v.InferOutput<typeof upgraded>, Upgraded>,
] = [true, true, true, true, true, true, true, true, true, true];
