/** What of a real process shows whether it has got the signal of `--on-death=term`. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import test, {type ExecutionContext} from 'ava';
import {wasTold} from '../../../src/daemon/adoption/was-told.js';

const OWN = process.geteuid?.() ?? 0;

test('one that catches or blocks it may have got it; one that ignores it or would have died of it has not', async t => {
  t.true(wasTold({pid: await perl(t, '$SIG{TERM} = sub {}'), uid: OWN}));
  t.true(wasTold({pid: await perl(t, `use POSIX; ${BLOCK}`), uid: null}));
  t.false(wasTold({pid: await perl(t, '$SIG{TERM} = "IGNORE"'), uid: OWN}));
  t.false(wasTold({pid: await perl(t, ''), uid: OWN}));
});

test('one that has become another user has not, unless it is still to take it', async t => {
  t.false(wasTold({pid: await perl(t, '$SIG{TERM} = sub {}'), uid: OWN + 1}));
  t.true(wasTold({pid: await perl(t, `use POSIX; ${BLOCK}; kill TERM => $$`), uid: OWN + 1}));
});

test('of one that is gone nothing is to be told', t => {
  t.true(wasTold({pid: 2 ** 22, uid: OWN}));
});

const BLOCK = 'sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGTERM))';

/** The pid of a process that has done this. */
async function perl(t: ExecutionContext, what: string): Promise<number> {
  const child = spawn('perl', ['-e', `$| = 1; ${what}; print "done\n"; sleep 600`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}
