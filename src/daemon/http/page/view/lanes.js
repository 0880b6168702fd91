/**
 * The bars of an entry: one lane for the generations that were started, one for those that they replace, on one scale. They show
 * how long both served at once, and that the old one served while an attempt failed.
 */
/** @import {Entry, Generation, Lane, Segment, Story} from '../types.js' */
import {formatDuration} from '../common.js';

/** A segment that would be too short to be seen, in percent. */
const LEAST = 1;

/**
 * @param {Entry} entry
 * @param {Story} story
 * @param {number} now the time of day at ssd, for what is under way
 * @returns {readonly Lane[]}
 */
export function lanesOf(entry, story, now) {
  const started = generationsOf(entry.attempts, story);
  const replaced = replacedIn(entry, story);
  if (started.length === 0) return [];
  const begin = entry.at;
  const end = Math.max(entry.endedAt ?? now, begin + 1, ...started.map(({failedAt}) => failedAt ?? 0));
  const scaled = scale(begin, end);
  const lanes = [
    {label: labelOf(entry.attempts), segments: startedSegments(started, begin, end).flatMap(scaled)},
  ];
  if (replaced.length === 0) return lanes;
  return [
    ...lanes,
    {label: labelOf(entry.replaced), segments: replacedSegments(replaced, begin, end).flatMap(scaled)},
  ];
}

/**
 * How long each part of it took, in words: the text beside the bars.
 *
 * @param {Entry} entry
 * @param {Story} story
 * @param {number} now
 * @returns {readonly {readonly kind: Segment['kind'], readonly text: string}[]}
 */
export function durationsOf(entry, story, now) {
  const started = generationsOf(entry.attempts, story);
  const last = started.at(-1);
  const [told, gone] = drainOf(replacedIn(entry, story));
  const trialEnd = last?.trialEndedAt ?? now;
  // How long a failed one has lived is said with the reason.
  const hasFailed = last?.readyAt === null && last.failedAt !== null;
  const startEnd = hasFailed ? null : (last?.readyAt ?? entry.endedAt ?? now);
  return [
    ...part(
      'wait',
      'waited',
      entry.queued ? entry.at : null,
      last ? (started[0]?.spawnedAt ?? null) : (entry.endedAt ?? now),
    ),
    ...part('start', 'start', last?.spawnedAt ?? null, startEnd),
    ...part('trial', 'trial', last?.trialAt ?? null, trialEnd),
    ...part('drain', 'drain', told, gone ?? entry.endedAt ?? now),
  ];
}

/**
 * @param {Segment['kind']} kind
 * @param {string} word
 * @param {number | null} from
 * @param {number | null} to
 */
function part(kind, word, from, to) {
  return from === null || to === null
    ? []
    : [{kind, text: `${word} ${formatDuration(Math.max(0, to - from))}`}];
}

/** @typedef {{kind: Segment['kind'], from: number, to: number}} Span */

/**
 * @param {readonly Generation[]} generations one after another: an attempt begins when the one before it has failed
 * @param {number} begin
 * @param {number} end
 * @returns {Span[]}
 */
function startedSegments(generations, begin, end) {
  const first = generations[0]?.spawnedAt ?? begin;
  const spans = generations.flatMap(one => attemptSpans(one, end));
  return [{kind: 'wait', from: begin, to: first}, ...spans];
}

/**
 * @param {Generation} generation
 * @param {number} end
 * @returns {Span[]}
 */
function attemptSpans({spawnedAt, readyAt, failedAt, trialAt, trialEndedAt}, end) {
  const from = spawnedAt ?? readyAt ?? failedAt ?? end;
  const until = failedAt ?? end;
  if (readyAt === null) return [{kind: failedAt === null ? 'start' : 'failed', from, to: until}];
  const trialEnd = trialEndedAt ?? until;
  /** @type {Span[]} */
  const spans = [{kind: 'start', from, to: readyAt}];
  if (trialAt !== null)
    spans.push({kind: failedAt === null ? 'trial' : 'failed', from: trialAt, to: trialEnd});
  const isTried = trialAt !== null && trialEndedAt === null;
  if (failedAt === null && !isTried)
    spans.push({kind: 'serve', from: trialAt === null ? readyAt : trialEnd, to: end});
  return spans;
}

/**
 * @param {readonly Generation[]} generations
 * @param {number} begin
 * @param {number} end
 * @returns {Span[]}
 */
function replacedSegments(generations, begin, end) {
  const [told, gone] = drainOf(generations);
  if (told === null) return [{kind: 'serve', from: begin, to: end}];
  return [
    {kind: 'serve', from: begin, to: told},
    {kind: 'drain', from: told, to: gone ?? end},
  ];
}

/**
 * The generations that it replaces, with their end only if this entry has ended them: of a restart that failed they serve on, and
 * finish because of something else.
 *
 * @param {Entry} entry
 * @param {Story} story
 * @returns {readonly Generation[]}
 */
function replacedIn(entry, story) {
  return generationsOf(entry.replaced, story).map(one => {
    const {toldAt} = one;
    const isOfThis = toldAt !== null && toldAt >= entry.at && toldAt <= (entry.endedAt ?? toldAt);
    return isOfThis ? one : {...one, toldAt: null, goneAt: null};
  });
}

/**
 * When the first of them was told to finish, and when the last one was gone.
 *
 * @param {readonly Generation[]} generations
 * @returns {[number | null, number | null]}
 */
function drainOf(generations) {
  const told = generations.flatMap(({toldAt}) => toldAt ?? []);
  const gone = generations.flatMap(({goneAt}) => goneAt ?? []);
  if (told.length === 0) return [null, null];
  return [Math.min(...told), gone.length < generations.length ? null : Math.max(...gone)];
}

/**
 * @param {number} begin
 * @param {number} end
 * @returns {(span: Span) => Segment[]}
 */
function scale(begin, end) {
  const percent = (/** @type {number} */ at) =>
    (100 * (Math.min(Math.max(at, begin), end) - begin)) / (end - begin);
  return ({kind, from, to}) => {
    if (to < from || (kind === 'wait' && percent(to) - percent(from) < LEAST)) return [];
    const left = Math.min(percent(from), 100 - LEAST);
    return [{kind, from: round(left), width: round(Math.max(LEAST, percent(to) - left))}];
  };
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 100) / 100;
}

/**
 * @param {readonly number[]} numbers
 * @example labelOf([3, 4, 5]) === '3–5'
 */
function labelOf(numbers) {
  const [first, last] = [numbers[0], numbers.at(-1)];
  return first === last ? `${first}` : `${first}–${last}`;
}

/**
 * @param {readonly number[]} numbers
 * @param {Story} story
 */
function generationsOf(numbers, {generations}) {
  return numbers.flatMap(number => generations.get(number) ?? []);
}
