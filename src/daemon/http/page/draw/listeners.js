/** Draws the listeners: how much of each queue is taken, and what it was over the last minutes. */
/** @import {ListenerView} from '../view/listener.js' */
import {draw, list, make, say, setAll} from './dom.js';

/**
 * @param {HTMLElement} parent
 * @param {readonly ListenerView[]} views
 */
export function drawListeners(parent, views) {
  list(parent, views, ({key}) => key, createListener);
}

function createListener() {
  const [address, kind] = [make('span', 'address'), make('span', 'kind')];
  const [queue, drops, peak] = [make('span', 'value'), make('span', 'value'), make('span', 'peak')];
  const {meter, level} = createMeter();
  const {chart, line} = createChart();
  const root = make('li', 'listener', [
    make('div', 'who', [address, kind]),
    make('div', 'queue', [make('span', 'label', ['queue ']), queue, meter]),
    make('div', 'course', [chart, peak]),
    make('div', 'drops', [make('span', 'label', ['dropped ']), drops]),
  ]);
  /** @param {ListenerView} view */
  const update = view => {
    say(address, view.address);
    say(kind, view.kind);
    say(queue, view.queue);
    say(drops, view.drops);
    say(peak, view.peak);
    root.dataset.tone = toneOf(view.filled);
    drops.dataset.tone = view.drops === '0' || view.drops === 'unknown' ? 'faint' : 'bad';
    setAll(level, {width: `${Math.max(view.filled ?? 0, view.filled ? 1 : 0)}%`});
    setAll(line, {points: view.points});
  };
  return {root, update};
}

/** @param {number | null} filled */
function toneOf(filled) {
  if (filled === null || filled === 0) return 'faint';
  return filled < 50 ? 'good' : filled < 80 ? 'busy' : 'bad';
}

/** It is for the eye; the number stands beside it. */
function createMeter() {
  const level = draw('rect', {x: 0, y: 0, height: '100%', width: 0, class: 'level'});
  const meter = draw('svg', {class: 'meter', 'aria-hidden': 'true'});
  meter.append(level);
  return {meter, level};
}

function createChart() {
  const line = draw('polyline', {class: 'line', points: '', 'vector-effect': 'non-scaling-stroke'});
  const chart = draw('svg', {
    class: 'chart',
    viewBox: '0 0 100 20',
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  });
  chart.append(line);
  return {chart, line};
}
