/** Draws the top of the page: the instance, what matters most, and whether ssd still answers. */
/** @import {Status} from '../../../../shared/protocol/status.js' */
/** @import {Link} from '../link.js' */
import {formatDuration, printable} from '../common.js';
import {headline} from '../view/headline.js';
import {clock} from '../view/time.js';
import {byId, list, make, say, show} from './dom.js';

/**
 * @param {Status} status
 * @param {string | null} loadedFor the version of the ssd that has sent this page
 */
export function drawTop(status, loadedFor) {
  const {instance, problems, version} = status;
  const {tone, text} = headline(status);
  say(byId('instance'), instance);
  say(byId('headline'), text);
  byId('light').dataset.tone = problems.length > 0 && tone !== 'bad' ? 'busy' : tone;
  list(byId('facts'), factsOf(status), ([name]) => name, createFact);
  const isOther = loadedFor !== null && loadedFor !== version;
  say(
    byId('notice'),
    isOther ? `ssd is ${version} now, and this page is that of ${loadedFor}: load it again.` : '',
  );
  show(byId('notice'), isOther);
}

/**
 * The title is all that is seen of a tab in the background.
 *
 * @param {Status} status
 * @param {Link} link
 */
export function drawTitle(status, {state}) {
  const {instance, problems} = status;
  const silence = state === 'lost' ? ['no answer'] : [];
  const count =
    problems.length === 0 ? [] : [problems.length === 1 ? '1 problem' : `${problems.length} problems`];
  const title = printable(`${instance}: ${[...silence, ...count, headline(status).text].join(', ')}`);
  if (document.title !== title) document.title = title;
}

/**
 * @param {Link} link
 * @param {boolean} hasStopped ssd has told that it ends
 * @param {number} now
 */
export function drawLink({state, since}, hasStopped, now) {
  byId('link').dataset.state = state;
  document.body.dataset.link = state;
  const ago = `since ${clock(since)}, for ${formatDuration(1000 * Math.floor(Math.max(0, now - since) / 1000))}`;
  const why = hasStopped ? 'ssd has stopped: no answer' : 'No answer from ssd';
  const words = {
    opening: 'connecting',
    live: 'live',
    again: 'connecting again',
    deaf: `No events from ssd ${ago}: perhaps too many follow them. The status is live; trying again.`,
    lost: `${why} ${ago}. This is how it was then; trying again.`,
  };
  say(byId('link-text'), words[state]);
}

/**
 * @param {Status} status
 * @returns {readonly (readonly [string, string])[]}
 */
function factsOf({pid, version, uptimeMs, program, logFile, logCommand, release, wanted, workers}) {
  return [
    ['pid', `${pid}`],
    ['ssd', version],
    ['up', formatDuration(uptimeMs)],
    ['wanted', wanted === 'running' ? `${workers} ${workers === 1 ? 'worker' : 'workers'}` : wanted],
    ['program', program.join(' ')],
    ...(logFile === null ? [] : [/** @type {const} */ (['log', logFile])]),
    ...(logCommand === undefined ? [] : [/** @type {const} */ (['log to', `| ${logCommand}`])]),
    ...(release ? [/** @type {const} */ (['release', release.link])] : []),
    ...(release?.good ? [/** @type {const} */ (['good', release.good])] : []),
  ];
}

/** @param {readonly [string, string]} fact */
function createFact([name]) {
  const value = make('dd');
  const root = make('div', '', [make('dt', '', [name]), value]);
  return {root, update: (/** @type {readonly [string, string]} */ [, text]) => say(value, text)};
}
