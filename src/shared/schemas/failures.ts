/** What can be wrong: problems that last, workers that end, starts that fail. */
import * as v from 'valibot';
import type {Death, Ending, FailedStart, FailedVerdict} from '../protocol/event.js';
import {PROBLEM_CODES, type Problem} from '../protocol/problem.js';
import type {Agrees} from './agreement.js';
import {counted, generation, leftOut, orNull, pid, says, text, time, whole, withRelease} from './values.js';

export const problemFacts = {
  code: v.picklist(PROBLEM_CODES),
  subject: says(text, 'The affected path, variable, listener or command.'),
  cause: says(text, 'An errno name, or a few words.'),
};
export const problem = v.object({
  ...problemFacts,
  since: says(time, 'When the problem began: the time of day (ISO 8601, UTC).'),
  count: says(counted, 'How often the problem has occurred since then.'),
});
export const withProblems = {problems: leftOut(v.array(problem))};

export const ending = v.union([
  v.object({type: v.literal('exited'), code: whole}),
  v.object({type: v.literal('signalled'), signal: text}),
  says(
    v.object({type: v.literal('not-spawned'), cause: text, problem: leftOut(text)}),
    '`problem`: what cannot be executed and why, in words, if ssd found out more than the name of the error says.',
  ),
  says(
    v.object({type: v.literal('not-ready'), reason: v.picklist(['timeout', 'closed'])}),
    'It lives, but it did not report readiness in time, or it closed the descriptor for the report.',
  ),
  says(
    v.object({
      type: v.literal('rejected'),
      by: v.picklist(['check', 'request']),
      cause: text,
      output: v.array(text),
    }),
    'It lives, and its generation failed its trial: by a check, with its last lines, or because a client rejected it.',
  ),
  v.object({type: v.literal('unknown')}),
]);

export const hint = v.picklist([
  'binds-port-itself',
  'may-bind-port-itself',
  'wrong-descriptor',
  'library-missing',
  'may-run-in-background',
  'descriptors-not-passed',
  'wants-listen-fds',
  'listen-pid-differs',
  'wants-fds-as',
  'ready-by-interval',
]);

/** Without the attempt, which a verdict has as their number. */
const deathInAll = {
  ...withRelease,
  generation,
  worker: whole,
  pid: orNull(pid),
  ending,
  hint: orNull(hint),
  livedMs: whole,
  phase: says(
    leftOut(v.literal('bake')),
    '`bake`: the generation had become ready, and failed its trial. Otherwise left out.',
  ),
};
export const attempt = says(counted, 'The number of the attempt within its restart, from 1.');
export const death = {...deathInAll, attempt};

const failure = {
  serving: orNull(generation),
  stderr: says(
    leftOut(orNull(v.array(text))),
    'The last lines that it wrote to standard error. null if ssd cannot read them.',
  ),
};
export const failedStart = {...death, ...failure};
export const failedVerdict = {
  verdict: v.literal('failed'),
  attempts: counted,
  ...deathInAll,
  ...failure,
  ...withProblems,
};

/** A line that does not compile names the schema that disagrees with its type. */
export const failuresAgree: readonly [
  Agrees<v.InferOutput<typeof problem>, Problem>,
  Agrees<v.InferOutput<typeof ending>, Ending>,
  Agrees<Made<typeof death>, Death>,
  Agrees<Made<typeof failedStart>, FailedStart>,
  Agrees<Made<typeof failedVerdict>, FailedVerdict>,
] = [true, true, true, true, true];

type Made<E extends v.ObjectEntries> = v.InferOutput<v.ObjectSchema<E, undefined>>;
