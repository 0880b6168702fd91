/** Draws the generations: a heading, a cell for each worker, and their table. */
/** @import {GenerationView, WorkerView} from '../view/generation.js' */
/** @import {Badge} from '../types.js' */
import {list, make, say, setAll, show} from './dom.js';
import {createTable} from './workers.js';

/** More workers are folded to those with which something is under way. */
const SHOWN = 16;
/** Fewer workers need no overview. */
const OVERVIEW = 8;

/**
 * @param {HTMLElement} parent
 * @param {readonly GenerationView[]} views
 */
export function drawGenerations(parent, views) {
  list(parent, views, ({number}) => number, createGeneration);
}

/**
 * @param {Element} parent
 * @param {readonly Badge[]} badges
 */
export function drawBadges(parent, badges) {
  list(
    parent,
    badges,
    ({text}) => text,
    () => {
      const root = make('span', 'badge');
      return {
        root,
        update: ({text, tone}) => {
          say(root, text);
          root.dataset.tone = tone;
        },
      };
    },
  );
}

/** @param {GenerationView} first */
function createGeneration({number}) {
  const id = `generation-${number}`;
  const title = make('h3', '', [`Generation ${number}`]);
  title.id = id;
  const badges = make('span', 'badges');
  const [summary, facts, strip] = [make('p', 'summary'), make('p', 'about'), make('div', 'strip')];
  strip.setAttribute('aria-hidden', 'true');
  const {table, drawTable} = createTable(`Workers of generation ${number}`);
  table.id = `${id}-workers`;
  const more = make('button', 'more');
  setAll(more, {type: 'button', 'aria-controls': table.id, 'aria-expanded': 'false'});
  const root = make('article', 'generation', [
    make('header', '', [title, badges, summary, facts]),
    strip,
    table,
    more,
  ]);
  root.setAttribute('aria-labelledby', id);
  let isOpen = false;
  /** @type {GenerationView | null} */
  let shown = null;
  const update = (/** @type {GenerationView} */ view) => {
    shown = view;
    drawBadges(badges, view.badges);
    say(summary, view.summary);
    say(facts, view.facts.join(' · '));
    show(strip, view.workers.length > OVERVIEW);
    if (view.workers.length > OVERVIEW) drawStrip(strip, view.workers);
    const rows = isOpen ? view.workers : chosen(view.workers);
    drawTable(view.columns, rows);
    show(table, rows.length > 0);
    show(more, view.workers.length > SHOWN);
    say(more, isOpen ? 'Show fewer workers' : `Show all ${view.workers.length} workers`);
    setAll(more, {'aria-expanded': `${isOpen}`});
  };
  more.addEventListener('click', () => {
    isOpen = !isOpen;
    if (shown) update(shown);
  });
  return {root, update};
}

/** @param {readonly WorkerView[]} workers */
function chosen(workers) {
  if (workers.length <= SHOWN) return workers;
  return workers.filter(({isNotable}) => isNotable).slice(0, SHOWN / 2);
}

/**
 * @param {HTMLElement} strip
 * @param {readonly WorkerView[]} workers
 */
function drawStrip(strip, workers) {
  list(
    strip,
    workers,
    ({key}) => key,
    () => {
      const root = make('span');
      return {
        root,
        update: ({tone, phase, cells}) => {
          root.dataset.tone = tone;
          setAll(root, {title: `${cells.index}, pid ${cells.pid}: ${phase}`});
        },
      };
    },
  );
}
