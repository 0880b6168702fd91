/** The queue of each listener, now and over the last minutes. */
/** @import {ListenerStatus} from '../../../../shared/protocol/status.js' */
import {formatSize} from '../common.js';

/** How many values of a queue are kept: three minutes, at one every two seconds. */
const KEPT = 90;

/** @typedef {Map<string, number[]>} QueueHistory the latest value last */

/**
 * @typedef {object} ListenerView
 * @property {string} key
 * @property {string} address
 * @property {string} kind
 * @property {string} queue
 * @property {number | null} filled how much of the queue is taken, in percent
 * @property {string} drops
 * @property {string} points the history of the queue as points of an SVG polyline, 100 wide and 20 high; empty without one
 * @property {string} peak
 */

/**
 * @param {QueueHistory} history
 * @param {readonly ListenerStatus[]} listeners
 */
export function keepQueues(history, listeners) {
  const keys = new Set(listeners.map(keyOf));
  for (const key of history.keys()) if (!keys.has(key)) history.delete(key);
  for (const listener of listeners) {
    const waiting = taken(listener)?.waiting;
    if (waiting === undefined) continue;
    const values = history.get(keyOf(listener)) ?? [];
    values.push(waiting);
    if (values.length > KEPT) values.shift();
    history.set(keyOf(listener), values);
  }
}

/**
 * @param {ListenerStatus} listener
 * @param {QueueHistory} history
 * @returns {ListenerView}
 */
export function listenerView(listener, history) {
  const {type, address, name, fd, drops} = listener;
  const values = history.get(keyOf(listener)) ?? [];
  const queue = taken(listener);
  const inUnits = (/** @type {number} */ count) => (listener.buffer ? formatSize(count) : `${count}`);
  const peak = Math.max(0, ...values);
  // A listener on all addresses is named by its port, which the address shows.
  const named = name === address || address.endsWith(`:${name}`) ? '' : `, named ${name}`;
  return {
    key: keyOf(listener),
    address,
    kind: `${type}, descriptor ${fd}${named}`,
    queue: queue === null ? 'unknown' : `${inUnits(queue.waiting)} of ${inUnits(queue.limit)}`,
    filled: queue === null || queue.limit === 0 ? null : Math.min(100, (100 * queue.waiting) / queue.limit),
    drops: drops === null ? 'unknown' : `${drops}`,
    points: pointsOf(values, peak),
    peak: peak === 0 ? '' : `peak ${inUnits(peak)}`,
  };
}

/** @param {ListenerStatus} listener */
function keyOf({type, address, fd}) {
  return `${type} ${address} ${fd}`;
}

/** @param {ListenerStatus} listener */
function taken({queue, buffer}) {
  return queue ?? (buffer ? {waiting: buffer.bytes, limit: buffer.limit} : null);
}

/**
 * @param {readonly number[]} values
 * @param {number} peak
 */
function pointsOf(values, peak) {
  if (values.length < 2) return '';
  const left = KEPT - values.length;
  const x = (/** @type {number} */ nth) => ((100 * (left + nth)) / (KEPT - 1)).toFixed(1);
  const y = (/** @type {number} */ value) => (19 - (peak === 0 ? 0 : (18 * value) / peak)).toFixed(1);
  return values.map((value, nth) => `${x(nth)},${y(value)}`).join(' ');
}
