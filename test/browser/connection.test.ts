/** The page of `--http` while ssd is gone, and when another one has its place. */
import {MAX_STREAMS} from '../../src/daemon/http/streams.js';
import {follow} from '../helpers/clients/http.js';
import {needs} from '../helpers/programs.js';
import {createScene} from './scene.js';
import {HEADLINE, LATEST, LIVE, LOST, says, text} from './words.js';

needs('chromium')('the page says since when ssd is gone, and goes on with the next one', async t => {
  const {rig, ssd, place, open, nextReady} = await createScene(t);
  await nextReady();
  const page = await open();
  await page.until(`${LIVE} && ${text(HEADLINE)} === 'generation 1 serves'`);
  const again = rig.ssctl(['restart']);
  const second = await nextReady();
  await again;
  await page.until(says(LATEST, 'Restart 1 → 2'));
  ssd.kill('SIGKILL');
  await page.until(LOST);
  second.exit(0);
  await second.gone;
  t.regex(await page.evaluate(text('#link')), /^No answer from ssd since \d\d:\d\d:\d\d, for /);
  const next = rig.ssd(['--port=127.0.0.1:0', `--http=${place.replace('http://', '')}`, '--ready=notify']);
  await nextReady();
  await next.line(/is ready/);
  await page.until(LIVE);
  await page.until(`document.querySelectorAll('#entry-list > li').length > 0`);
  await page.until(`!${says('#entry-list', 'Restart 1 → 2')}`);
  await page.until(says('#facts', `${next.pid}`));
});

needs('chromium')('the page outlives a replacement of ssd, and keeps the time line', async t => {
  const {rig, open, nextReady} = await createScene(t);
  await nextReady();
  const page = await open();
  await page.until(`${LIVE} && ${text(HEADLINE)} === 'generation 1 serves'`);
  t.is((await rig.ssctl(['reexec'])).code, 0);
  await page.until(says('#entry-list', 'has taken the place of the one before it'));
  await page.until(says('#entry-list', 'Start of generation 1'));
  await page.until(LIVE);
  const restart = rig.ssctl(['restart']);
  await nextReady();
  t.is((await restart).code, 0);
  await page.until(says(LATEST, 'completed'));
});

needs('chromium')('a tab that nobody looks at leaves the events to others', async t => {
  const {rig, place, open, nextReady} = await createScene(t);
  await nextReady();
  const page = await open();
  await page.until(`${LIVE} && ${text(HEADLINE)} === 'generation 1 serves'`);
  await page.untilLoading(`${place}/events`, true);
  await page.evaluate(lookAway(true));
  await page.untilLoading(`${place}/events`, false);
  const restart = rig.ssctl(['restart']);
  await nextReady();
  await restart;
  t.false(await page.evaluate(says(LATEST, 'Restart 1 → 2')));
  await page.evaluate(lookAway(false));
  await page.until(says(LATEST, 'completed'));
  await page.until(`${LIVE} && ${text(HEADLINE)} === 'generation 2 serves'`);
});

needs('chromium')('where too many follow the events, the page shows the status all the same', async t => {
  const {place, open, nextReady} = await createScene(t);
  await nextReady();
  const others = Array.from({length: MAX_STREAMS}, () => follow(place));
  await Promise.all(others.map(({until}) => until('ready')));
  const page = await open();
  await page.until(`${text(HEADLINE)} === 'generation 1 serves'`);
  await page.until(says('#link', 'No events from ssd since'));
  for (const {close} of others) close();
  await page.until(LIVE);
  await page.until(says(LATEST, 'Start of generation 1'));
  t.pass();
});

/** A browser without a window has no tab in the background. */
function lookAway(isHidden: boolean): string {
  return `Object.defineProperty(document, 'hidden', {value: ${isHidden}, configurable: true});
    document.dispatchEvent(new Event('visibilitychange'))`;
}
