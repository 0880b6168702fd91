import test from 'ava';
import {outcomeOf, statusOf} from '../../../src/ctl/fleet/outcome.js';
import {linesIn, notTried, visitOf} from '../../../src/ctl/fleet/visit.js';
import {describeFailure} from '../../../src/shared/words/wording.js';

const ENDED = {status: 0, signal: null, said: [], interrupted: false} as const;

for (const status of [0, 1, 2, 3, 4, 137]) {
  test(`the exit status ${status} of ssctl is passed on`, t => {
    const outcome = outcomeOf('web1', {...ENDED, status});
    t.deepEqual(outcome, {type: 'ended', status});
    t.is(statusOf(outcome), status);
  });
}

const failures: readonly (readonly [said: readonly string[], sentence: string])[] = [
  [
    ['ssh: connect to host web1 port 22: Connection refused'],
    'cannot reach web1 by ssh: connect to host web1 port 22: Connection refused',
  ],
  [
    ['@@@@@@@@', 'IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!', 'Host key verification failed.'],
    'cannot reach web1 by ssh: Host key verification failed',
  ],
  [
    ['Timeout, server web1 not responding.', 'client_loop: send disconnect: Broken pipe'],
    'lost the connection to web1: client_loop: send disconnect: Broken pipe; ssd goes on there with what it was asked: ssctl -H web1 status shows it',
  ],
  [
    ['Read from remote host web1: Connection reset by peer', 'client_loop: send disconnect: x'],
    'lost the connection to web1: client_loop: send disconnect: x; ssd goes on there with what it was asked: ssctl -H web1 status shows it',
  ],
  [
    [],
    'lost the connection to web1: it was closed at the other end, or what ran there was killed; ssd goes on there with what it was asked: ssctl -H web1 status shows it',
  ],
];

for (const [said, sentence] of failures) {
  test(`the status 255 of ssh is a failure: ${sentence}`, t => {
    const outcome = outcomeOf('web1', {...ENDED, status: 255, said});
    t.is(statusOf(outcome), 1);
    if (outcome.type !== 'failed') return t.fail(outcome.type);
    t.is(describeFailure(outcome.failure), sentence);
  });
}

test('ssh that a signal has ended has failed, and so has a host without ssctl', t => {
  const killed = outcomeOf('web1', {...ENDED, status: null, signal: 'SIGKILL'});
  t.like(killed, {type: 'failed', failure: {code: 'ssh-failed', cause: 'ssh was ended by SIGKILL'}});
  t.like(outcomeOf('web1', {...ENDED, status: 127}), {type: 'failed', failure: {code: 'ssctl-missing'}});
});

test('Ctrl-C is no failure of ssh, whatever it ends with', t => {
  for (const status of [255, 130, 0, null])
    t.is(outcomeOf('web1', {...ENDED, status, interrupted: true}).type, 'interrupted');
  t.is(outcomeOf('web1', {...ENDED, status: 130}).type, 'interrupted');
  // On a terminal, before it is connected.
  t.is(outcomeOf('web1', {...ENDED, status: null, signal: 'SIGINT'}).type, 'interrupted');
});

const DONE = {type: 'ended', status: 0} as const;
const FAILED = {type: 'ended', status: 1} as const;
const printed = (stdout: string, stderr = '') => ({stdout, stderr, tookMs: 70.4});

test('the row of a host has what its ssctl has printed', t => {
  const result = {verdict: 'completed', generation: 2, tookMs: 120};
  t.deepEqual(visitOf('web1', DONE, printed(`${JSON.stringify(result)}\n`)), {
    host: 'web1',
    verdict: 'completed',
    status: 0,
    generation: 2,
    tookMs: 120,
    reason: null,
    result,
  });
  const said = 'ssctl: warning\nssctl: restart failed: generation 3 exited\nits last lines:\n    ssctl\n';
  t.like(visitOf('web1', FAILED, printed('{"verdict":"failed","generation":3}\n', said)), {
    verdict: 'failed',
    generation: 3,
    tookMs: 70,
    reason: 'generation 3 exited',
  });
});

const odd: readonly (readonly [what: string, stdout: string, verdict: string])[] = [
  ['nothing', '', 'done'],
  ['no JSON', 'Welcome!\n', 'done'],
  ['another JSON', '[1]\n"x"\n3\n', 'done'],
  ['half of it', '{"verdict":"comp', 'done'],
  ['a greeting before it', 'Welcome!\n{"verdict":"completed"}\n', 'completed'],
  ['fields of other types', '{"verdict":7,"generation":"2","tookMs":null}\n', 'done'],
  ['a verdict of its own', '{"verdict":"postponed"}\n', 'postponed'],
  ['what is nested too deeply', `{"a":${'['.repeat(1e6)}${']'.repeat(1e6)}}\n`, 'done'],
  ['a field of every object', '{"__proto__":{"verdict":"completed"}}\n', 'done'],
];

for (const [what, stdout, verdict] of odd) {
  test(`an ssctl of another version may print ${what}`, t => {
    const visit = visitOf('web1', DONE, printed(stdout));
    t.like(visit, {verdict, generation: null, tookMs: 70, reason: null});
  });
}

test('how ssctl or ssh ended stands for a verdict', t => {
  const verdict = (outcome: Parameters<typeof visitOf>[1], stdout = '') =>
    visitOf('web1', outcome, printed(stdout)).verdict;
  t.is(verdict({type: 'ended', status: 3}), 'not-running');
  t.is(verdict({type: 'ended', status: 4}), 'timed-out');
  t.is(verdict({type: 'ended', status: 137}), 'failed');
  t.is(verdict({type: 'interrupted'}), 'interrupted');
  // As with --fail-on-drops.
  t.is(verdict(FAILED, '{"verdict":"completed"}'), 'failed');
  t.is(verdict(outcomeOf('web1', {...ENDED, status: 127})), 'no-ssctl');
  t.is(verdict(outcomeOf('web1', {...ENDED, status: 126})), 'no-ssctl');
  t.is(verdict(outcomeOf('web1', {...ENDED, status: 255})), 'unreachable');
  t.is(notTried('web1').verdict, 'not-tried');
});

for (const [status, signal] of [
  [137, 'SIGKILL'],
  [143, 'SIGTERM'],
] as const) {
  test(`an ssctl that ${signal} has ended there is the reason`, t => {
    t.like(visitOf('web1', {type: 'ended', status}, printed('')), {
      verdict: 'failed',
      status,
      reason: `ssctl there was ended by ${signal}`,
    });
  });
}

test('a verdict that is no word does not count', t => {
  for (const verdict of ['a\u001b[2Jb', 'completed\nweb2 completed', '', 'x'.repeat(41)])
    t.is(visitOf('web1', FAILED, printed(JSON.stringify({verdict}))).verdict, 'failed');
});

test('what another host prints without end takes no time here', t => {
  const endless = printed('{\n'.repeat(5_000_000), `ssctl: ${'x'.repeat(10_000_000)}`);
  const {reason, result} = visitOf('web1', FAILED, endless);
  t.is(result, null);
  t.true((reason?.length ?? 0) <= 4096);
});

test('what another host says moves no cursor here', t => {
  t.deepEqual(linesIn('a\u001b[2Jb\r\n\u202ec\n'), ['ab', '?c']);
  t.is(linesIn('x\n'.repeat(10_000)).length, 200);
});
