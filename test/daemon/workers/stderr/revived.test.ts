/** What workers write goes on being passed on when ssd is replaced by execve(2): every byte, and each once. */
import {readFileSync} from 'node:fs';
import test from 'ava';
import {acrossExec} from '../../../helpers/adapters/reexec.js';
import {source} from '../../../helpers/adapters/script.js';
import {createRig} from '../../../helpers/rig.js';

const LINES = 60_000;

const common = `
  import {createStderrTails} from '${source('daemon/workers/stderr/tails')}';
  import {watchChildren} from '${source('daemon/workers/children')}';
  const files = {err: openSync('err', 'a'), out: openSync('out', 'a')};
  const address = {generation: 2, worker: 1};
  const turn = () => new Promise(resolve => setImmediate(resolve));
  const create = (take, revived) => createStderrTails({
    capture: true, now: () => 100,
    passOn: data => writeSync(files.err, data, 0, take(data)),
    passOnOutput: data => writeSync(files.out, data, 0, take(data)),
  }, revived);`;

/** A reader that stalls after a while, so that there is something in each place: with ssd, with Node, in the pipe. */
const before = `
  let taken = 0;
  const tails = create(data => {
    const most = taken < 200_000 ? data.length : taken < 201_000 ? 777 : 0;
    taken += Math.min(most, data.length);
    return Math.min(most, data.length);
  });
  const {stdout, stderr, onSpawned} = tails.begin(address);
  watchChildren().spawn({
    path: '/usr/bin/perl',
    argv: ['perl', '-e', 'for (1..${LINES}) { syswrite STDERR, "err $_\\n"; syswrite STDOUT, "out $_\\n" }'],
    env: process.env, directory: null, descriptors: [[stdout, 1], [stderr, 2]], onExit: () => {},
  });
  onSpawned();
  const isStalled = ({state}) => state.relays.every(({pending}) => pending !== '');
  // Each look is one whose exec has failed: it changes nothing.
  while (!isStalled(tails.handOver())) await turn();
  for (let nth = 0; nth < 50; nth += 1) await turn();
  handOver(tails.handOver());`;

const after = `
  const pending = state.relays.map(({pending}) => pending.length > 0);
  const tails = create(data => data.length, state);
  const early = tails.read(address).lines.length;
  while (tails.handOver().state.relays.some(({readEnd, pending}) => readEnd !== null || pending !== '')) await turn();
  const {lines, livedMs} = tails.read(address);
  tails.end(address);
  print({pending, early, livedMs, last: lines.at(-1), lines: lines.length, state: tails.handOver()});`;

test('every byte of a chatty worker is passed on once across an exec', async t => {
  const rig = await createRig(t);
  const found = (await acrossExec(rig, {common, before, after})) as {readonly state: unknown};
  t.like(found, {
    pending: [true, true],
    early: 40,
    livedMs: 0,
    last: `err ${LINES}`,
    lines: 40,
  });
  for (const name of ['err', 'out']) {
    const whole = Array.from({length: LINES}, (_, nth) => `${name} ${nth + 1}\n`).join('');
    t.true(readFileSync(rig.path(name), 'utf8') === whole, name);
  }
});

test('a worker that has closed its standard error, and one that has ended, are quoted across an exec', async t => {
  const rig = await createRig(t);
  const found = await acrossExec(rig, {
    common,
    before: `
      const tails = create(data => data.length);
      for (const worker of [1, 2]) {
        const {stdout, stderr, onSpawned} = tails.begin({generation: 2, worker});
        writeSync(stderr, 'words of ' + worker + '\\n');
        onSpawned();
      }
      tails.end({generation: 2, worker: 2});
      while (tails.handOver().fds.length > 0) await turn();
      handOver(tails.handOver());`,
    after: `
      const tails = create(data => data.length, state);
      print([1, 2, 3].map(worker => tails.read({generation: 2, worker}).lines));`,
  });
  t.deepEqual(found, [['words of 1'], ['words of 2'], null]);
  t.is(readFileSync(rig.path('err'), 'utf8'), 'words of 2\nwords of 1\n');
});

test('in a file, the lines since the spawn are found across an exec', async t => {
  const rig = await createRig(t);
  const inFile = `
    import {createStderrTails} from '${source('daemon/workers/stderr/tails')}';
    import {duplicateOnto} from '${source('daemon/system/posix')}';
    const address = {generation: 1, worker: 0};
    const create = revived => createStderrTails({capture: false, now: () => 0, passOn: () => 0}, revived);`;
  const found = await acrossExec(rig, {
    common: inFile,
    before: `
      duplicateOnto(openSync('log', 'a'), 2);
      writeSync(2, 'of another\\n');
      const tails = create(null);
      tails.begin(address).onSpawned();
      writeSync(2, 'one\\n');
      handOver(tails.handOver());`,
    after: `
      writeSync(2, 'two\\n');
      print(create(state).read(address).lines);`,
  });
  t.deepEqual(found, ['one', 'two']);
});
