/**
 * Makes a time line of the events. Every event is given to `take`, in order. What came before the first known event is
 * left open: ssd keeps the last thousand.
 */
/** @import {Recorded} from '../../../../shared/protocol/event.js' */
/** @import {Story} from '../types.js' */
import {correlated} from '../common.js';
import {TAKE} from './events.js';

const ENTRIES_KEPT = 60;
const EVENTS_KEPT = 200;
const GENERATIONS_KEPT = 200;

/** @returns {Story} */
export function emptyStory() {
  return {
    seq: 0,
    current: null,
    generations: new Map(),
    concerns: new Map(),
    entries: [],
    recent: [],
  };
}

/**
 * @param {Story} story
 * @param {Recorded} event
 * @returns {boolean} whether it is new: the whole history may come again
 */
export function take(story, event) {
  if (event.seq <= story.seq) return false;
  story.seq = event.seq;
  keep(story.recent, event, EVENTS_KEPT);
  // A newer ssd may send an event that this page does not know.
  if (!Object.hasOwn(TAKE, event.type)) return true;
  const entry = correlated(TAKE[event.type])(story, event);
  if (entry) entry.dropped += keep(entry.events, event, EVENTS_KEPT);
  if (story.entries.length > ENTRIES_KEPT) story.entries.shift();
  forgetOld(story.generations);
  forgetOld(story.concerns);
  return true;
}

/**
 * @template T
 * @param {T[]} list
 * @param {T} item
 * @param {number} most
 * @returns {number} how many others had to go
 */
function keep(list, item, most) {
  list.push(item);
  if (list.length <= most) return 0;
  list.shift();
  return 1;
}

/** @param {Map<number, unknown>} byNumber in the order of their first events */
function forgetOld(byNumber) {
  const [oldest] = byNumber.keys();
  if (byNumber.size > GENERATIONS_KEPT && oldest !== undefined) byNumber.delete(oldest);
}
