/** An entry of the time line in words: what it is, how it ended, and why. */
/** @import {RestartOrigin} from '../../../../shared/protocol/event.js' */
/** @import {Badge, Entry, Story} from '../types.js' */
import {
  attemptsOf,
  describeCancelled,
  describeEvent,
  describeFailedStart,
  describeHint,
  describeTraffic,
} from '../common.js';

/**
 * @typedef {object} EntryWords
 * @property {string} title
 * @property {Badge | null} badge
 * @property {readonly string[]} reasons sentences
 * @property {readonly string[]} quote lines that another program has written
 */

/**
 * @param {Entry} entry
 * @param {Story} story
 * @returns {EntryWords}
 */
export function entryWords(entry, story) {
  switch (entry.kind) {
    case 'restart':
      return restartWords(entry, story);
    case 'start':
      return {
        title: `Start of ${target(entry)}`,
        badge: progress(entry, story),
        reasons: failures(entry),
        quote: [],
      };
    case 'loss':
      return lossWords(entry);
    case 'note':
      return noteWords(entry);
  }
}

/**
 * @param {Entry} entry
 * @param {Story} story
 * @returns {EntryWords}
 */
function restartWords(entry, story) {
  const title = `Restart${entry.attempts.length === 0 ? '' : ` ${arrow(entry)}`}${origin(entry.asked)}`;
  const {end} = entry;
  if (!end) return {title, badge: progress(entry, story), reasons: failures(entry), quote: []};
  switch (end.verdict) {
    case 'completed':
      return {title, badge: {text: 'completed', tone: 'good'}, reasons: completed(entry), quote: []};
    case 'failed': {
      const hint = end.hint === null ? [] : [`Hint: ${describeHint(end.hint)}`];
      const many = end.attempts > 1 ? [`${attemptsOf(end.attempts)} failed`] : [];
      const quote = end.ending.type === 'rejected' ? end.ending.output : [];
      const reasons = [capital(`${describeFailedStart(end)}${describeTraffic(end)}`), ...many, ...hint];
      return {title, badge: {text: 'failed', tone: 'bad'}, reasons, quote};
    }
    case 'superseded':
      return {
        title,
        badge: {text: 'superseded', tone: 'faint'},
        reasons: [`Generation ${end.by} replaced generation ${end.generation}`],
        quote: [],
      };
    case 'cancelled':
      return {
        title,
        badge: {text: 'cancelled', tone: 'faint'},
        reasons: [capital(describeCancelled(end.reason))],
        quote: [],
      };
  }
}

/**
 * @param {Entry} entry
 * @returns {readonly string[]}
 */
function completed({end, attempts}) {
  if (end?.verdict !== 'completed') return [];
  const traffic = describeTraffic(end).replace(/^; /, '');
  const left =
    end.retiring.length === 0 ? [] : [`generation ${end.retiring.join(', ')} cannot be told to finish`];
  const many = attempts.length > 1 ? [`it took ${attemptsOf(attempts.length)}`] : [];
  return [...many, ...(traffic === '' ? [] : [traffic]), ...left].map(capital);
}

/**
 * @param {Entry} entry
 * @returns {EntryWords}
 */
function lossWords(entry) {
  const lost = entry.events.filter(({type}) => type === 'lost');
  const first = lost[0];
  const more = lost.length > 1 ? [`${lost.length} workers were lost`] : [];
  const badge = entry.endedAt === null ? {text: 'lost', tone: /** @type {const} */ ('bad')} : made;
  const words = first ? [capital(describeEvent(first))] : [];
  return {
    title: `Loss in ${lossTitle(entry)}`,
    badge,
    reasons: [...words, ...more, ...failures(entry)],
    quote: [],
  };
}

const made = {text: 'replaced', tone: /** @type {const} */ ('faint')};

/** @param {Entry} entry */
function lossTitle({about, attempts}) {
  return attempts.length === 0 ? `generation ${about}` : `generation ${about} → ${attempts.at(-1)}`;
}

/**
 * @param {Entry} entry
 * @returns {EntryWords}
 */
function noteWords({events, about}) {
  const [first, last] = [events[0], events.at(-1)];
  const texts = [
    ...(first ? [describeEvent(first)] : []),
    ...(last && last !== first ? [describeEvent(last)] : []),
  ];
  const isProblem = about.startsWith('problem ');
  const badge =
    isProblem && last?.type === 'problem' ? {text: 'problem', tone: /** @type {const} */ ('bad')} : null;
  const [title = '', ...reasons] = texts;
  return {title: capital(title.replace(/^warning: /, '')), badge, reasons: reasons.map(capital), quote: []};
}

/**
 * @param {Entry} entry
 * @param {Story} story
 * @returns {Badge | null}
 */
function progress({attempts, replaced, endedAt}, {generations}) {
  const last = generations.get(attempts.at(-1) ?? 0);
  if (endedAt !== null) return null;
  if (!last) return {text: 'waiting', tone: 'busy'};
  if (last.readyAt === null)
    return {
      text: last.failedAt === null ? 'starting' : 'failing',
      tone: last.failedAt === null ? 'busy' : 'bad',
    };
  if (last.trialAt !== null && last.trialEndedAt === null) return {text: 'on trial', tone: 'trial'};
  return replaced.length === 0 ? null : {text: 'draining', tone: 'busy'};
}

/**
 * The failed attempts of what is not at its end.
 *
 * @param {Entry} entry
 */
function failures({events}) {
  const failed = events.flatMap(event => (event.type === 'start-failed' ? [event] : []));
  const last = failed.at(-1);
  if (!last) return [];
  const hint = last.hint === null ? [] : [`Hint: ${describeHint(last.hint)}`];
  return [`Attempt ${last.attempt} failed: ${describeFailedStart(last)}`, ...hint];
}

/** @param {Entry} entry */
function arrow({replaced, attempts}) {
  const to = attempts.length > 1 ? `${attempts[0]}–${attempts.at(-1)}` : `${attempts[0]}`;
  return replaced.length === 0 ? `to ${to}` : `${replaced.join(', ')} → ${to}`;
}

/** @param {Entry} entry */
function target({attempts}) {
  return attempts.length > 1 ? `generations ${attempts[0]}–${attempts.at(-1)}` : `generation ${attempts[0]}`;
}

/** @type {Readonly<Record<RestartOrigin, string>>} */
const ORIGINS = {signal: 'by SIGHUP', request: '', 'auto-restart': 'by the auto-restart interval'};

/** @param {readonly RestartOrigin[]} asked */
function origin(asked) {
  const [first] = asked;
  if (first === undefined) return '';
  const by = ORIGINS[first] ?? '';
  return `${by === '' ? '' : `, ${by}`}${asked.length > 1 ? `, asked ${asked.length} times` : ''}`;
}

/** @param {string} text */
function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
