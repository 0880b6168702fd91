/** The page of `--http` while ssd is gone, and when another one has its place. */
import {needs} from '../helpers/programs.js';
import {createScene, HEADLINE, LATEST, LIVE, LOST, says, text} from './scene.js';

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
