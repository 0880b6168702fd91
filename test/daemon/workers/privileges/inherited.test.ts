import test from 'ava';
import {
  createHandDown,
  readOomScoreAdj,
  writeOomScoreAdj,
} from '../../../../src/daemon/workers/privileges/inherited.js';

const own = readOomScoreAdj() ?? 0;
const nothing = {umask: null, oomScoreAdj: own};

test.serial('a start has the umask and the score, and ssd has its own again, also after an error', t => {
  const before = process.umask();
  const handDown = createHandDown({umask: 0o27, oomScoreAdj: own + 200});
  const seen = () => [process.umask(), readOomScoreAdj()];
  t.deepEqual(handDown(seen), [0o27, own + 200]);
  t.deepEqual(seen(), [before, own]);
  t.throws(
    () =>
      handDown(() => {
        throw new Error('no such program');
      }),
    {message: 'no such program'},
  );
  t.deepEqual(seen(), [before, own]);
});

test.serial('by default the score is 100 more, up to 1000', t => {
  t.is(createHandDown({umask: null, oomScoreAdj: null})(readOomScoreAdj), Math.min(own + 100, 1000));
});

test.serial('the score is never lowered, not even where that of ssd was raised since', t => {
  const handDown = createHandDown({umask: null, oomScoreAdj: own + 50});
  t.true(writeOomScoreAdj(own + 80));
  t.is(handDown(readOomScoreAdj), own + 80);
  t.is(readOomScoreAdj(), own + 80);
  t.true(writeOomScoreAdj(own));
});

test.serial('a score that cannot be written is reported, and nothing else fails', t => {
  t.false(writeOomScoreAdj(5000));
  t.is(
    createHandDown({...nothing, oomScoreAdj: 5000})(() => 'started'),
    'started',
  );
  t.is(readOomScoreAdj(), own);
});
