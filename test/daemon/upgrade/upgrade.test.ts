/** When the parts of ssd say what they hand over. */
import test from 'ava';
import {createUpgrade} from '../../../src/daemon/upgrade/upgrade.js';
import {watchChildren} from '../../../src/daemon/workers/children.js';

const ANSWERS = `{"command":["/no/such/node"]}`;

test.serial(
  'nothing is handed over while an answer is held back, also one that was ordered last',
  async t => {
    const children = watchChildren();
    t.teardown(children.dispose);
    const story: string[] = [];
    /** The first look finds the end of the last worker that is replaced. */
    const ended = [true, false];
    let isHeld = false;
    const upgrade = createUpgrade({
      command: ['/usr/bin/perl', '-e', 'print shift @ARGV', ANSWERS],
      args: [],
      env: {},
      children,
      listeners: () => [],
      isStarting: () => false,
      over: new AbortController().signal,
      gather: () => {
        story.push(isHeld ? 'handed over too early' : 'handed over');
        return {state: {}, fds: []};
      },
      collect: () => {
        story.push('collected');
        isHeld ||= ended.shift() ?? false;
      },
      settled: async () => {
        story.push('settled');
        isHeld = false;
      },
      holdsAnswers: () => isHeld,
      onFailed: () => {},
    });
    t.regex(await upgrade(null, null), /cannot execute \/no\/such\/node: ENOENT/);
    t.deepEqual(story, ['handed over', 'settled', 'collected', 'settled', 'collected', 'handed over']);
  },
);
