import {writeSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {createStderrTails} from '../../../../src/daemon/workers/stderr/tails.js';
import {jsonOf, redirected, scriptCommand, source} from '../../../helpers/adapters/script.js';
import {createRig} from '../../../helpers/rig.js';

const ADDRESS = {generation: 1, worker: 0};

/** What is remembered of a worker that wrote this to a captured standard error. */
function linesOf(t: ExecutionContext, text: string): readonly string[] | null {
  const tails = createStderrTails({capture: true, now: () => 0, passOn: data => data.length});
  t.teardown(tails.dispose);
  const {stderr, onSpawned} = tails.begin(ADDRESS);
  writeSync(stderr ?? -1, text);
  onSpawned();
  return tails.read(ADDRESS).lines;
}

test('the last forty lines are remembered, without empty ones', t => {
  const text = Array.from({length: 60}, (_, n) => `line ${n}\n\n  \n`).join('');
  t.deepEqual(
    linesOf(t, text),
    Array.from({length: 40}, (_, n) => `line ${n + 20}`),
  );
});

test('a line that has no end is one, and a long one is cut', t => {
  t.deepEqual(linesOf(t, `${'x'.repeat(10_000)}\nunfinished`), ['x'.repeat(500), 'unfinished']);
  t.deepEqual(linesOf(t, ''), []);
});

test("ssd's own lines are not those of a worker", t => {
  const own = [
    '2026-01-01T00:00:00.000Z ssd[42]: generation 1 spawned',
    '{"time":"2026-01-01T00:00:00.000Z","program":"ssd","pid":42,"event":"x"}',
  ];
  t.deepEqual(linesOf(t, [...own, 'I saw ssd[1]: x', ...own, ''].join('\n')), ['I saw ssd[1]: x']);
});

test('the age of a worker is known, and nothing about an unknown one', t => {
  let time = 100;
  const tails = createStderrTails({capture: true, now: () => time, passOn: data => data.length});
  t.teardown(tails.dispose);
  tails.begin(ADDRESS).onSpawned();
  time = 350;
  t.deepEqual(tails.read(ADDRESS), {livedMs: 250, lines: []});
  t.deepEqual(tails.read({generation: 1, worker: 1}), {livedMs: 0, lines: null});
});

/** Without a capture: in a process of its own, whose standard error is where the redirection puts it. */
const SCRIPT = (body: string) => `
  import {ftruncateSync, writeSync} from 'node:fs';
  import {createStderrTails} from '${source('daemon/workers/stderr/tails')}';
  const tails = createStderrTails({capture: false, now: () => 0, passOn: () => 0});
  const address = {generation: 1, worker: 0};
  const found = [];
  const read = () => found.push(tails.read(address).lines);
  ${body}
  console.log(JSON.stringify(found));`;

async function found(t: ExecutionContext, redirection: string, body: string): Promise<unknown> {
  const rig = await createRig(t);
  await rig.run(['sh', '-c', 'echo before >file']);
  return jsonOf(rig, redirected(redirection, scriptCommand(SCRIPT(body))));
}

test('if standard error is a file, what was written since the spawn counts', async t => {
  const body = `
    writeSync(2, 'too early\\n');
    const {stderr, onSpawned} = tails.begin(address);
    onSpawned();
    read();
    writeSync(2, 'one\\n');
    writeSync(2, 'two\\n');
    read();
    found.push(stderr);`;
  t.deepEqual(await found(t, '2>>file', body), [[], ['one', 'two'], null]);
});

test('only the end of a file is read, and a file that was truncated meanwhile from its beginning', async t => {
  const body = `
    tails.begin(address);
    writeSync(2, 'first\\n' + 'x\\n'.repeat(50_000) + 'last\\n');
    read();
    found[0] = [found[0].length, found[0].at(-1)];
    ftruncateSync(2);
    writeSync(2, 'new\\n');
    read();`;
  t.deepEqual(await found(t, '2>>file', body), [[40, 'last'], ['new']]);
});

for (const redirection of ['2>&1', '2>/dev/null', '2>&-']) {
  test(`if standard error is not a file nothing is known: ${redirection}`, async t => {
    t.deepEqual(await found(t, redirection, 'tails.begin(address); read();'), [null]);
  });
}
