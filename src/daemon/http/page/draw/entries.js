/** Draws the time line, the latest entry first. */
/** @import {Entry, Lane, Story} from '../types.js' */
import {describeEvent} from '../common.js';
import {entryWords} from '../view/entry.js';
import {durationsOf, lanesOf} from '../view/lanes.js';
import {clockWithMs, dated} from '../view/time.js';
import {draw, lines, list, make, say, setAll, show} from './dom.js';
import {drawBadges} from './generations.js';

/** @typedef {{readonly entry: Entry, readonly story: Story, readonly now: number}} Item */

/**
 * @param {HTMLElement} parent
 * @param {readonly Entry[]} entries the latest first
 * @param {Story} story
 * @param {number} now the time of day at ssd
 */
export function drawEntries(parent, entries, story, now) {
  const items = entries.map(entry => ({entry, story, now}));
  // Numbers alone are those of the next ssd, too.
  list(parent, items, ({entry: {at, id}}) => `${at} ${id}`, createEntry);
}

/** @param {Item} first */
function createEntry({entry: {id, kind, at}}) {
  const time = make('time');
  time.dateTime = new Date(at).toISOString();
  const [title, badges] = [make('h3'), make('span', 'badges')];
  const [lanes, durations, reasons] = [make('div', 'lanes'), make('p', 'durations'), make('div', 'reasons')];
  const quote = make('pre', 'quote');
  // It may scroll.
  setAll(quote, {tabindex: 0, role: 'group', 'aria-label': 'What the check has printed'});
  lanes.setAttribute('aria-hidden', 'true');
  const events = createEvents(id);
  const root = make('li', `entry ${kind}`, [
    make('header', '', [time, title, badges]),
    reasons,
    quote,
    lanes,
    make('div', 'foot', [durations, events.button]),
    events.lineList,
  ]);
  /** @param {Item} item */
  const update = ({entry, story, now}) => {
    const words = entryWords(entry, story);
    say(time, dated(at, now));
    say(title, words.title);
    drawBadges(badges, words.badge ? [words.badge] : []);
    root.dataset.tone = words.badge?.tone ?? 'faint';
    list(lanes, lanesOf(entry, story, now), lane => lane.label, createLane);
    list(
      durations,
      entry.attempts.length === 0 ? [] : durationsOf(entry, story, now),
      ({kind}) => kind,
      createDuration,
    );
    lines(reasons, words.reasons, 'p');
    say(quote, words.quote.join('\n'));
    show(quote, words.quote.length > 0);
    events.update(entry);
  };
  return {root, update};
}

function createLane() {
  const label = make('span', 'label');
  const bar = draw('svg', {class: 'bar'});
  const root = make('div', 'lane', [label, bar]);
  /** @param {Lane} lane */
  const update = lane => {
    say(label, lane.label);
    list(
      bar,
      lane.segments.map((segment, nth) => ({...segment, nth})),
      ({nth}) => nth,
      () => {
        const rect = draw('rect', {y: 0, height: '100%'});
        return {
          root: rect,
          update: ({kind, from, width}) => setAll(rect, {class: kind, x: `${from}%`, width: `${width}%`}),
        };
      },
    );
  };
  return {root, update};
}

function createDuration() {
  const root = make('span');
  /** @param {{readonly kind: string, readonly text: string}} duration */
  const update = ({kind, text}) => {
    root.className = kind;
    say(root, text);
  };
  return {root, update};
}

/**
 * The events of an entry, which are drawn only while they are unfolded.
 *
 * @param {number} id
 */
function createEvents(id) {
  const button = make('button', 'fold');
  const lineList = make('ol', 'events');
  lineList.id = `events-${id}`;
  setAll(button, {type: 'button', 'aria-controls': lineList.id});
  let isOpen = false;
  /** @type {Entry | null} */
  let shown = null;
  const update = (/** @type {Entry} */ entry) => {
    shown = entry;
    const count = entry.events.length + entry.dropped;
    say(button, count === 1 ? '1 event' : `${count} events`);
    setAll(button, {'aria-expanded': `${isOpen}`});
    show(button, count > (entry.kind === 'note' ? 2 : 0));
    show(lineList, isOpen);
    if (isOpen) list(lineList, entry.events, ({seq}) => seq, createLine);
  };
  button.addEventListener('click', () => {
    isOpen = !isOpen;
    if (shown) update(shown);
  });
  return {button, lineList, update};
}

/** @param {Entry['events'][number]} event */
function createLine(event) {
  const time = make('time');
  time.dateTime = event.at;
  say(time, clockWithMs(Date.parse(event.at)));
  const text = make('span');
  say(text, describeEvent(event));
  return {root: make('li', '', [time, text]), update: () => {}};
}
