import test from 'ava';
import {createLines, createSpinner, spinnerLine} from '../../../src/ctl/terminal/progress.js';
import {visible} from '../../helpers/clients/ssctl.js';

test('the spinner line shows the time and the progress, and never wraps', t => {
  const line = {frame: 1, text: 'generation 2 spawned', elapsedMs: 1234, columns: 80};
  t.is(spinnerLine(line), '/ 1.2s  generation 2 spawned');
  t.is(spinnerLine({...line, frame: 5, columns: 12}), '/ 1.2s  ge…');
  t.is(spinnerLine({...line, text: 'a\u001b[2Jb'}), '/ 1.2s  a?[2Jb');
});

test('the spinner is one line that is erased at the end, and kept lines stand above it', t => {
  const written: string[] = [];
  const spinner = createSpinner(
    text => written.push(text),
    () => 80,
  );
  spinner.end();
  t.deepEqual(written, []);
  spinner.say('one');
  spinner.keep('two');
  spinner.end();
  t.regex(
    visible(written.join('')),
    /^<0d>\| \d+ms {2}one<1b>\[K<0d><1b>\[Ktwo\n<0d>\| \d+ms {2}one<1b>\[K<0d><1b>\[K$/,
  );
});

test('without a terminal the progress is plain lines, without those for a watcher', t => {
  const written: string[] = [];
  const lines = createLines(text => written.push(text));
  lines.whisper('psst');
  lines.say('one');
  lines.keep('two');
  lines.end();
  t.is(written.join(''), 'one\ntwo\n');
});
