/**
 * Asks ssd for its status again and again, and listens to its events. Whatever fails is tried again until the page is closed:
 * ssd may be gone, replaced, or busy.
 *
 * A browser has six connections to a server for all its tabs, and the events take one of them. So a tab that nobody looks at
 * leaves them, and only its title is kept fresh.
 */
/** @import {Recorded} from '../../../shared/protocol/event.js' */
/** @import {Status} from '../../../shared/protocol/status.js' */
/** @import {Link} from './link.js' */
import {createLink} from './link.js';

/**
 * @typedef {object} Listening
 * @property {(event: Recorded, epoch: string) => void} onEvent an event may come twice
 * @property {(status: Status, serverTime: number) => void} onStatus
 * @property {(link: Link) => void} onLink
 */

const EVERY_MS = 2000;
const HIDDEN_EVERY_MS = 15_000;
/** With very many workers, a status is work for ssd: the page leaves it this many times as long in peace. */
const AT_REST = 5;
/** After an event, but not at once: events come in crowds. */
const SOON_MS = 200;
const AGAIN_MS = [500, 1000, 2000, 5000];
const PATIENCE_MS = 10_000;

/** @param {Listening} listening */
export function connect({onEvent, onStatus, onLink}) {
  const tell = createLink(onLink);
  const status = pollStatus(onStatus, isWorking => tell('status', isWorking));
  const events = followEvents(
    (event, epoch) => {
      onEvent(event, epoch);
      status.soon();
    },
    isWorking => {
      tell('events', isWorking);
      status.soon();
    },
  );
  const look = () => {
    if (document.hidden) return events.pause();
    events.goOn();
    status.soon();
  };
  document.addEventListener('visibilitychange', look);
  look();
}

/**
 * @param {Listening['onStatus']} onStatus
 * @param {(isWorking: boolean) => void} tell
 */
function pollStatus(onStatus, tell) {
  let isAsking = false;
  /** Something has happened while it was asked. */
  let isOld = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const again = (/** @type {number} */ ms) => {
    clearTimeout(timer);
    timer = setTimeout(ask, ms);
  };
  const ask = async () => {
    isOld = isAsking;
    if (isAsking) return;
    isAsking = true;
    const begin = performance.now();
    try {
      const {status, serverTime} = await fetchStatus();
      onStatus(status, serverTime);
      tell(true);
    } catch {
      // Whatever the reason is: it is not there.
      tell(false);
    }
    isAsking = false;
    const every = document.hidden ? HIDDEN_EVERY_MS : EVERY_MS;
    again(isOld ? SOON_MS : Math.max(every, AT_REST * (performance.now() - begin)));
  };
  ask();
  return {soon: () => again(SOON_MS)};
}

/** @returns {Promise<{status: Status, serverTime: number}>} */
async function fetchStatus() {
  const answer = await fetch('status.json', {
    cache: 'no-store',
    credentials: 'omit',
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const status = await answer.json();
  return {status, serverTime: Date.parse(answer.headers.get('date') ?? '')};
}

/**
 * The browser itself comes back to a stream that breaks off, and says which event it had last. Only a refusal ends it for good.
 *
 * @param {Listening['onEvent']} onEvent
 * @param {(isWorking: boolean) => void} tell
 */
function followEvents(onEvent, tell) {
  let refusals = 0;
  /** @type {EventSource | null} */
  let source = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const begin = () => {
    const begun = new EventSource('events');
    source = begun;
    begun.onopen = () => {
      refusals = 0;
      tell(true);
    };
    begun.onmessage = ({data, lastEventId}) => onEvent(JSON.parse(data), epochOf(lastEventId));
    begun.onerror = () => {
      tell(false);
      if (begun.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(begin, AGAIN_MS[Math.min(refusals, AGAIN_MS.length - 1)]);
      refusals += 1;
    };
  };
  return {
    pause: () => {
      clearTimeout(timer);
      source?.close();
      source = null;
      tell(true);
    },
    goOn: () => {
      if (!source) begin();
    },
  };
}

/**
 * Tells the events of one ssd from those of the next.
 *
 * @param {string} cursor
 */
function epochOf(cursor) {
  return cursor.slice(0, cursor.lastIndexOf('-'));
}
