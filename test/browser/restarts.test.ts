/** The page of `--http`: what it says while ssd works, in a real browser. */
import {needs} from '../helpers/programs.js';
import {createScene} from './scene.js';
import {HEADLINE, LATEST, says, text} from './words.js';

needs('chromium')('the page tells of a good restart, and of a broken one with its reason', async t => {
  const {rig, ssd, open, nextReady} = await createScene(t);
  const page = await open();
  await page.until(says(HEADLINE, 'generation 1 is starting'));
  const first = await nextReady('one request');
  await page.until(`${text(HEADLINE)} === 'generation 1 serves'`);
  await page.until(says('.generation', `${first.pid}`));
  await page.until(says('.generation', 'one request'));
  const good = rig.ssctl(['restart']);
  const second = await nextReady();
  t.is((await good).code, 0);
  await page.until(says(LATEST, 'completed'));
  t.regex(
    await page.evaluate(text(LATEST)),
    /^[\d:]+\s+Restart 1 → 2\s+completed\s.*start \d+ms\s+drain \d+ms/s,
  );
  const bad = rig.ssctl(['restart']);
  const broken = await rig.conductor.nextWorker();
  await page.until(says(HEADLINE, 'generation 2 serves; generation 3 is starting'));
  broken.exit(7);
  t.is((await bad).code, 1);
  await page.until(says(LATEST, 'failed'));
  const told = await page.evaluate<string>(text(LATEST));
  t.true(told.includes(`Generation 3 (pid ${broken.pid}) exited with status 7 after `), told);
  t.true(told.includes('; generation 2 keeps serving'), told);
  await page.until(`${text(HEADLINE)} === 'generation 2 serves'`);
  t.true(await page.evaluate(says('#live', `Restart failed`.toLowerCase())));
  await page.until(says('.generation', `${second.pid}`));
  t.deepEqual(page.complaints, []);
  ssd.kill('SIGTERM');
});

needs('chromium')(
  'the page tells of a trial, a pause, a lost worker, a problem, and of the stop',
  async t => {
    const {rig, ssd, open, nextReady} = await createScene(t, ['--path=app.sock', '--status-file=status']);
    await nextReady();
    const page = await open();
    const trial = rig.ssctl(['restart', '--bake=60s']);
    await nextReady();
    await page.until(says(HEADLINE, 'generation 2 serves on trial'));
    await page.until(says('#generation-list', 'held'));
    await rig.ssctl(['reject', 'the canary answers 500']);
    t.is((await trial).code, 1);
    await page.until(says(LATEST, 'the canary answers 500'));
    await page.until(`${text(HEADLINE)} === 'generation 1 serves'`);
    await rig.run(['rm', 'app.sock']);
    await rig.ssctl(['status']);
    await page.until(says('#problems', 'path-removed'));
    const resumed = rig.ssctl(['pause', '--max=60s']);
    await page.until(says(HEADLINE, 'is paused'));
    t.is((await resumed).code, 0);
    const going = rig.ssctl(['resume']);
    const third = await nextReady();
    t.is((await going).code, 0);
    third.die('SIGKILL');
    await nextReady();
    await page.until(says('#entry-list', 'was killed by SIGKILL'));
    await page.until(says('#entry-list', 'replaced'));
    ssd.kill('SIGTERM');
    await ssd.exit();
    await page.until(says('#link', 'ssd has stopped'));
  },
);
