/** The entries of the time line: which one an event belongs to, and new ones. */
/** @import {Recorded} from '../../../../shared/protocol/event.js' */
/** @import {Entry, EventOf, Generation, Story} from '../types.js' */

/**
 * @param {Story} story
 * @param {Recorded} event
 * @param {Pick<Entry, 'kind'> & Partial<Pick<Entry, 'about' | 'queued'>>} facts
 * @returns {Entry}
 */
export function open(story, event, {kind, about = '', queued = false}) {
  const entry = {
    id: event.seq,
    kind,
    at: timeOf(event.at),
    about,
    asked: [],
    queued,
    attempts: [],
    replaced: [],
    end: null,
    endedAt: null,
    events: [],
    dropped: 0,
  };
  story.entries.push(entry);
  return entry;
}

/** @param {string} at */
export function timeOf(at) {
  return Date.parse(at);
}

/**
 * @param {Story} story
 * @param {number} number
 * @returns {Generation}
 */
export function generationOf(story, number) {
  const known = story.generations.get(number);
  if (known) return known;
  const unknown = {
    number,
    release: null,
    spawnedAt: null,
    readyAt: null,
    trialAt: null,
    trialEndedAt: null,
    failedAt: null,
    toldAt: null,
    goneAt: null,
    pids: new Set(),
  };
  story.generations.set(number, unknown);
  return unknown;
}

/**
 * @param {Story} story
 * @param {number} generation
 */
export function concern(story, generation) {
  return story.concerns.get(generation) ?? null;
}

/**
 * The loss that the next worker of this generation makes good.
 *
 * @param {Story} story
 * @param {number} generation
 */
export function lossOf(story, generation) {
  const isIt = (/** @type {Entry} */ {kind, about, endedAt}) =>
    kind === 'loss' && about === `${generation}` && endedAt === null;
  return story.entries.findLast(isIt) ?? null;
}

/**
 * What the next generation is started for: the oldest restart without a ready one, else a start or a loss.
 *
 * @param {Story} story
 */
export function pending(story) {
  const isReady = (/** @type {number} */ number) => story.generations.get(number)?.readyAt != null;
  const without = story.entries.filter(({endedAt, attempts}) => endedAt === null && !attempts.some(isReady));
  return (
    without.find(({kind}) => kind === 'restart') ??
    without.findLast(({kind}) => kind === 'start' || kind === 'loss') ??
    null
  );
}

/**
 * The restart that follows the one that runs. All who ask meanwhile share it.
 *
 * @param {Story} story
 */
export function waiting(story) {
  const isIt = (/** @type {Entry} */ {kind, end, queued, attempts}) =>
    kind === 'restart' && end === null && queued && attempts.length === 0;
  return story.entries.find(isIt) ?? null;
}

/**
 * The note about something that lasts.
 *
 * @param {Story} story
 * @param {Recorded} event
 * @param {string} about
 */
export function noteOf(story, event, about) {
  const isIt = (/** @type {Entry} */ one) => one.about === about && one.endedAt === null;
  return story.entries.findLast(isIt) ?? open(story, event, {kind: 'note', about});
}

/**
 * The note about a problem. One that comes back is told by the note that is there, so that it cannot push out the rest.
 *
 * @param {Story} story
 * @param {EventOf<'problem'> | EventOf<'problem-solved'>} event
 */
export function problemNote(story, event) {
  const about = `problem ${event.code} ${event.subject}`;
  const note =
    story.entries.findLast(one => one.about === about) ?? open(story, event, {kind: 'note', about});
  note.endedAt = null;
  return note;
}

/**
 * @param {Entry} entry
 * @param {Recorded} event
 */
export function finish(entry, event) {
  entry.endedAt = timeOf(event.at);
  return entry;
}
