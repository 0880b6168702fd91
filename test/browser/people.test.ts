/** The page of `--http` for those who have no mouse, a small or dark screen, or a screen reader. */
import {needs} from '../helpers/programs.js';
import {violations} from './axe.js';
import {createScene} from './scene.js';
import {HEADLINE, LATEST, LOST, says} from './words.js';

needs('chromium')(
  'a checker of accessibility has no complaint, in light and dark, live and lost',
  async t => {
    const {rig, ssd, open, nextReady} = await createScene(t, ['--path=app.sock']);
    await nextReady('a status');
    const page = await open();
    const trial = rig.ssctl(['restart', '--bake=60s'], {patienceMs: 50_000});
    await nextReady();
    await page.until(says('#generation-list', 'held'));
    const second = rig.ssctl(['restart']);
    (await rig.conductor.nextWorker()).exit(1);
    await second;
    await rig.run(['rm', 'app.sock']);
    await rig.ssctl(['status']);
    await page.until(says('#problems', 'path-removed'));
    t.deepEqual(await violations(page), []);
    await page.look({isDark: true});
    t.deepEqual(await violations(page), []);
    ssd.kill('SIGKILL');
    await trial;
    await page.until(LOST);
    t.deepEqual(await violations(page), []);
    await page.look({width: 320});
    t.deepEqual(await violations(page), []);
  },
);

needs('chromium')(
  'everything is reached by the keyboard, and the focus stays while the page changes',
  async t => {
    const {rig, open, nextReady} = await createScene(t);
    await nextReady();
    const page = await open();
    await page.until(says(LATEST, 'Start of generation 1'));
    const focused = `document.activeElement.className`;
    await page.press('Tab');
    t.is(await page.evaluate(focused), 'skip');
    await page.press('Enter');
    t.is(await page.evaluate('document.activeElement.id'), 'main');
    await page.press('Tab');
    t.is(await page.evaluate(focused), 'fold');
    await page.press('Enter');
    await page.until(says('#entry-list > li:last-child .events', 'generation 1 spawned'));
    const restart = rig.ssctl(['restart']);
    await nextReady();
    await restart;
    await page.until(says(LATEST, 'Restart 1 → 2'));
    t.is(
      await page.evaluate(`document.activeElement.closest('li').querySelector('h3').innerText`),
      'Start of generation 1',
    );
    t.true(await page.evaluate(says('#entry-list > li:last-child .events', 'generation 1 spawned')));
    await page.press(' ');
    await page.until(`document.activeElement.getAttribute('aria-expanded') === 'false'`);
  },
);

needs('chromium')('a window of 320 pixels shows all without scrolling sideways', async t => {
  const {open, nextReady, rig} = await createScene(t, ['--workers=20', `--name=${'x'.repeat(60)}`]);
  const workers = await Promise.all(Array.from({length: 20}, () => nextReady('y'.repeat(200))));
  const page = await open({width: 320, height: 700});
  await page.until(says(HEADLINE, 'generation 1 serves with 20 workers'));
  t.is(await page.evaluate(`document.querySelectorAll('.workers tbody tr').length`), 0);
  await page.evaluate(`document.querySelector('.more').click()`);
  t.is(await page.evaluate(`document.querySelectorAll('.workers tbody tr').length`), 20);
  for (const {pid} of workers) t.true(await page.evaluate(says('.workers', `${pid}`)));
  t.is(await page.evaluate('document.documentElement.scrollWidth'), 320);
  const light = await page.evaluate(`getComputedStyle(document.documentElement).backgroundColor`);
  await page.look({width: 320, isDark: true});
  t.not(await page.evaluate(`getComputedStyle(document.documentElement).backgroundColor`), light);
  await rig.ssctl(['stop', '--kill-after=0']);
});
