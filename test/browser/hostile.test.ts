/** The page of `--http` while workers say what should deceive or break it. */
import {writeFileSync} from 'node:fs';
import {get} from '../helpers/clients/http.js';
import {needs} from '../helpers/programs.js';
import {violations} from './axe.js';
import {createScene} from './scene.js';
import {HEADLINE, LATEST, LIVE, says, text} from './words.js';

const EVIL = '<img src=x onerror="document.title=1">';
/** What a terminal, or a reader of text from right to left, would take for more than letters. */
const CONTROLS = '\u001b[31mred\u001b[0m \u001b]0;title\u0007 \u202Egnp.exe';
const MADE = `document.querySelectorAll('img, script:not([src]), i, b, [onerror]').length`;
const WIDTH = 'document.documentElement.scrollWidth';

needs('chromium')('what workers say stays text', async t => {
  const {rig, open, nextReady} = await createScene(t);
  await nextReady(`${EVIL}\u202Egnp.exe`);
  const page = await open();
  await page.until(says('.generation', EVIL));
  t.true(await page.evaluate(says('.generation', `${EVIL}?gnp.exe`)));
  const trial = rig.ssctl(['restart', '--bake=60s']);
  await nextReady(EVIL);
  await page.until(says(HEADLINE, 'on trial'));
  await rig.ssctl(['reject', EVIL]);
  await trial;
  await page.until(says(LATEST, `was rejected`));
  t.true(await page.evaluate(says(LATEST, EVIL)));
  t.true(await page.evaluate(says('#facts', '<i>shop</i>')));
  t.is(await page.evaluate(MADE), 0);
  t.not(await page.evaluate('document.title'), '1');
  t.deepEqual(page.complaints, []);
});

needs('chromium')('what a check prints is quoted as text, however long its lines are', async t => {
  const {rig, open, nextReady} = await createScene(t, ['--bake-check=exec=cat says; exit 1']);
  writeFileSync(rig.path('says'), `${EVIL}${'w'.repeat(4000)}\n${CONTROLS}\n${'<b>'.repeat(300)}\n`);
  await nextReady();
  const page = await open({width: 320});
  await page.until(LIVE);
  const trial = rig.ssctl(['restart', '--bake=60s'], {cwd: rig.directory});
  await nextReady();
  t.is((await trial).code, 1);
  await page.until(says(LATEST, 'failed its trial'));
  const quote = await page.evaluate<string>(text(`${LATEST} .quote`));
  t.true(quote.includes(EVIL), quote);
  t.true(quote.includes('red'), quote);
  for (const control of ['\u001b', '\u0007', '\u202e']) t.false(quote.includes(control), quote);
  t.is(await page.evaluate(MADE), 0);
  t.is(await page.evaluate(WIDTH), 320);
  t.deepEqual(await violations(page), []);
  t.deepEqual(page.complaints, []);
});

needs('chromium')('what workers write to standard error is not shown by HTTP', async t => {
  const {rig, place, open, nextReady} = await createScene(t, ['--capture-stderr']);
  await nextReady();
  const page = await open({width: 320});
  await page.until(LIVE);
  const restart = rig.ssctl(['restart']);
  const broken = await rig.conductor.nextWorker();
  await broken.print('password=hunter2 <script>document.title=1</script>');
  broken.exit(3);
  const verdict = await restart;
  t.regex(verdict.stderr, /hunter2/);
  await page.until(says(LATEST, 'exited with status 3'));
  t.false(await page.evaluate(says('body', 'hunter2')));
  t.notRegex((await get(place, '/status.json')).text, /hunter2/);
  t.deepEqual(page.complaints, []);
});
