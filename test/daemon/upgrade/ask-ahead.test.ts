/** The program that is to take over is asked beforehand; whatever it does, there is an answer. */
import {readdirSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {askAhead, type Question} from '../../../src/daemon/upgrade/ask-ahead.js';
import {watchChildren} from '../../../src/daemon/workers/children.js';

const PATIENCE_MS = 300;

async function asked(t: ExecutionContext, script: string, more: Partial<Question> = {}) {
  const children = watchChildren();
  t.teardown(children.dispose);
  return askAhead({
    command: ['/usr/bin/perl', '-e', 'shift; exec "/bin/sh", @ARGV', '--'],
    args: ['-c', script],
    env: {PATH: process.env.PATH},
    text: '{"version":1}',
    listeners: [],
    children,
    over: new AbortController().signal,
    ...more,
  });
}

test.serial('one that can take over says what to execute, and others may say more', async t => {
  const answer = '{"ssd":"1.2.3","command":["/usr/bin/node","/opt/ssd"]}';
  t.deepEqual(await asked(t, `echo '(node) warning' >&2; echo '${answer}'; echo "{}" >&2`), [
    '/usr/bin/node',
    '/opt/ssd',
  ]);
});

for (const said of ['', 'yes', '{"command":[]}', '{"command":[1]}', '{"command":"/bin/sh"}', 'null']) {
  test.serial(`one that ends with 0 and says ${said || 'nothing'} is no ssd`, async t => {
    t.is(await asked(t, `echo '${said}'`), '/usr/bin/perl has not answered the check of the handover');
  });
}

test.serial('it finds the handover on descriptor 3, and what it says is the reason', async t => {
  t.is(await asked(t, 'cat <&3; exit 1'), '{"version":1}');
});

test.serial('one that hangs is killed with what it has started, and nothing stays open', async t => {
  const before = readdirSync('/proc/self/fd').length;
  const reason = await asked(t, 'sleep 1000 & sleep 1000', {patienceMs: PATIENCE_MS});
  t.regex(String(reason), /perl has not answered within 300ms/);
  t.is(readdirSync('/proc/self/fd').length, before);
});

test.serial('of much that it says the end is kept, of a long line the begin', async t => {
  const reason = await asked(t, 'yes abcdefg | head -c 300000 | tr -d "\\n"; echo; exit 2');
  t.regex(String(reason), /^[a-g]{500}$/);
});

test.serial('its own line counts more than what others say', async t => {
  const script = 'echo "ssd: no, never" >&2; echo "Debugger ended" >&2; exit 1';
  t.is(await asked(t, script), 'no, never');
});
