/** The rig is there for programs that are no tests, too. */
import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import test from 'ava';

test('the benchmarks run without AVA', async t => {
  const main = new URL('bench/main.js', import.meta.url).pathname;
  const failed = await t.throwsAsync(promisify(execFile)(process.execPath, [main, 'no-such-section']));
  t.regex(failed?.message ?? '', /there is no section no-such-section; there are startup, /);
});
