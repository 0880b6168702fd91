/** Times of day, in the reader's own zone. */

const CLOCK = new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit', second: '2-digit'});
const DATE = new Intl.DateTimeFormat('en-GB', {day: 'numeric', month: 'short'});

/**
 * @param {number} at
 * @example clock(Date.now()) === '14:03:05'
 */
export function clock(at) {
  return CLOCK.format(at);
}

/**
 * @param {number} at
 * @example clockWithMs(Date.now()) === '14:03:05.120'
 */
export function clockWithMs(at) {
  return `${clock(at)}.${`${new Date(at).getMilliseconds()}`.padStart(3, '0')}`;
}

/**
 * With the date, if that is another than today's.
 *
 * @param {number} at
 * @param {number} now
 */
export function dated(at, now) {
  return DATE.format(at) === DATE.format(now) ? clock(at) : `${DATE.format(at)}, ${clock(at)}`;
}
