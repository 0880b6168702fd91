/**
 * Whether the page hears of ssd.
 *
 *     opening ─▶ live ◀─▶ again ─▶ deaf, lost ─▶ live
 *
 * `again` is short: a replacement of ssd breaks the stream of events off, and the browser comes back to it after a second.
 * `deaf`: there is a status, but no events. `lost`: there is none.
 */

/** @typedef {{readonly state: 'opening' | 'live' | 'again' | 'deaf' | 'lost', readonly since: number}} Link */

/** How long ssd may be silent until the page says so. */
const SHORT_MS = 3000;

/**
 * @param {(link: Link) => void} onLink
 * @returns {(part: 'status' | 'events', isWorking: boolean) => void}
 */
export function createLink(onLink) {
  const works = {status: false, events: false};
  let isLate = false;
  /** When it broke off, or began. */
  let since = Date.now();
  /** @type {Link} */
  let link = {state: 'opening', since};
  const become = (/** @type {Link['state']} */ state) => {
    if (state === link.state) return;
    link = {state, since};
    onLink(link);
  };
  const silent = () => {
    isLate = true;
    become(works.status ? 'deaf' : 'lost');
  };
  let timer = setTimeout(silent, SHORT_MS);
  return (part, isWorking) => {
    works[part] = isWorking;
    if (works.status && works.events) {
      clearTimeout(timer);
      isLate = false;
      return become('live');
    }
    if (isLate) return silent();
    if (link.state !== 'live') return;
    since = Date.now();
    timer = setTimeout(silent, SHORT_MS);
    become('again');
  };
}
