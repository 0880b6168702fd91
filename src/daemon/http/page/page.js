/** The page of `--http`: it asks, keeps what it was told, and draws. It has no verb and sends nothing. */
/** @import {Recorded} from '../../../shared/protocol/event.js' */
/** @import {Status} from '../../../shared/protocol/status.js' */
/** @import {Link} from './link.js' */
import {describeEvent} from './common.js';
import {connect} from './connection.js';
import {byId, say, show} from './draw/dom.js';
import {drawEntries} from './draw/entries.js';
import {drawGenerations} from './draw/generations.js';
import {drawListeners} from './draw/listeners.js';
import {drawProblems} from './draw/problems.js';
import {drawLink, drawTitle, drawTop} from './draw/top.js';
import {emptyStory, take} from './story/story.js';
import {generationViews} from './view/generation.js';
import {keepQueues, listenerView} from './view/listener.js';

const ENTRIES_SHOWN = 20;
/** Clocks that differ by less are taken for one: the server's is known to a second. */
const SAME_CLOCK_MS = 2000;

const page = {
  /** @type {Status | null} */
  status: null,
  /** @type {Status | null} */
  before: null,
  /** @type {string | null} */
  loadedFor: null,
  epoch: '',
  story: emptyStory(),
  /** @type {import('./view/listener.js').QueueHistory} */
  queues: new Map(),
  /** @type {Link} */
  link: {state: 'opening', since: Date.now()},
  /** How far the clock of ssd is ahead of ours. */
  aheadMs: 0,
  isDrawn: true,
  areAllShown: false,
};

const serverNow = () => Date.now() + page.aheadMs;
const openedAt = Date.now();

connect({onEvent, onStatus, onLink});
byId('older').addEventListener('click', () => {
  page.areAllShown = true;
  drawSoon();
});
// What is under way, and how long ssd has been silent.
setInterval(() => {
  if (
    page.link.state !== 'live' ||
    page.story.entries.some(({endedAt, kind}) => endedAt === null && kind !== 'note')
  )
    drawSoon();
}, 1000);

/**
 * @param {Recorded} event
 * @param {string} epoch another one is that of another ssd, whose events count from one again
 */
function onEvent(event, epoch) {
  if (epoch !== page.epoch) page.story = emptyStory();
  page.epoch = epoch;
  if (!take(page.story, event)) return;
  if (ANNOUNCED.has(event.type) && Date.parse(event.at) > openedAt + page.aheadMs)
    announce(describeEvent(event));
  drawSoon();
}

/** What a screen reader says by itself. All else is there to be read. */
const ANNOUNCED = new Set([
  'restart-ended',
  'lost',
  'problem',
  'problem-solved',
  'paused',
  'resumed',
  'stop-asked',
  'stopped',
  'upgraded',
]);

/** @param {string} text */
function announce(text) {
  say(byId('live'), text);
}

/**
 * @param {Status} status
 * @param {number} serverTime
 */
function onStatus(status, serverTime) {
  const aheadMs = serverTime - Date.now();
  page.aheadMs = Math.abs(aheadMs) > SAME_CLOCK_MS ? aheadMs : 0;
  page.loadedFor ??= status.version;
  page.before = page.status;
  page.status = status;
  keepQueues(page.queues, status.listeners);
  drawSoon();
}

/** @param {Link} link */
function onLink(link) {
  if (link.state === 'lost') announce('There is no answer from ssd.');
  if (link.state === 'live' && page.link.state === 'lost') announce('ssd answers again.');
  page.link = link;
  drawSoon();
}

/** All that comes until the next frame is drawn at once. */
function drawSoon() {
  if (!page.isDrawn) return;
  page.isDrawn = false;
  // A page in the background has no frames, but its title is seen.
  if (document.hidden) setTimeout(drawPage, 500);
  else requestAnimationFrame(drawPage);
}

function drawPage() {
  page.isDrawn = true;
  drawLink(page.link, page.story.recent.at(-1)?.type === 'stopped', Date.now());
  if (page.status) drawStatus(page.status);
  const latest = [...page.story.entries].reverse();
  const shown = page.areAllShown ? latest : latest.slice(0, ENTRIES_SHOWN);
  drawEntries(
    byId('entry-list'),
    shown,
    page.story,
    page.link.state === 'lost' ? page.link.since + page.aheadMs : serverNow(),
  );
  show(byId('older'), shown.length < latest.length);
  show(byId('no-entry'), page.status !== null && latest.length === 0);
}

/** @param {Status} status */
function drawStatus(status) {
  drawTop(status, page.loadedFor);
  drawTitle(status, page.link);
  show(byId('problems'), status.problems.length > 0);
  drawProblems(byId('problem-list'), status.problems, serverNow());
  const generations = generationViews(status, page.before);
  drawGenerations(byId('generation-list'), generations);
  show(byId('no-generation'), generations.length === 0);
  drawListeners(
    byId('listener-list'),
    status.listeners.map(listener => listenerView(listener, page.queues)),
  );
  show(byId('no-listener'), status.listeners.length === 0);
}
