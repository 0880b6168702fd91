/** The options whose values are signals. */
import test from 'ava';
import {readConfig} from '../../../src/daemon/config/config.js';
import type {RawOptions} from '../../../src/daemon/config/options.js';
import {refusalOf} from '../../helpers/refusal.js';

const read = (options: RawOptions) => readConfig(options, ['srv'], {});
const problemOf = (options: RawOptions) => {
  const failure = refusalOf(() => read(options));
  return failure?.code === 'option-invalid' ? `${failure.option}: ${failure.problem}` : failure;
};

test('a sequence is read with its times from the first signal on; KILL at its end is a limit', t => {
  const {settings} = read({
    'signal-on-hup': 'QUIT,30s,sigterm, 0.5 ,2,1m,KILL',
    'signal-on-term': 'INT,10,TERM',
  });
  t.deepEqual(settings.signalOnHup, {
    signal: 'QUIT',
    further: [
      {signal: 'TERM', afterMs: 30_000},
      {signal: 'INT', afterMs: 30_500},
    ],
    killAfterMs: 90_500,
  });
  t.deepEqual(settings.signalOnTerm, {
    signal: 'INT',
    further: [{signal: 'TERM', afterMs: 10_000}],
    killAfterMs: null,
  });
});

test('KILL alone is a signal as before', t => {
  t.deepEqual(read({'signal-on-hup': 'KILL'}).settings.signalOnHup, {
    signal: 'KILL',
    further: [],
    killAfterMs: null,
  });
});

const FORM = 'a sequence is signals with times between them, as in QUIT,30s,TERM,10s,KILL';
const SEQUENCES: readonly (readonly [value: string, problem: string])[] = [
  ['QUIT,TERM', `a time is missing before TERM; ${FORM}`],
  ['QUIT,30s', `a signal is missing after 30s; ${FORM}`],
  ['QUIT,', "'' is not a time: expected seconds (1, 0.2) or a number with ms, s, m or h"],
  ['QUIT,soon,TERM', "'soon' is not a time: expected seconds (1, 0.2) or a number with ms, s, m or h"],
  ['QUIT,-1,TERM', "'-1' is not a time: expected seconds (1, 0.2) or a number with ms, s, m or h"],
  ['QUIT,0,TERM', 'the time between two signals must be longer than 0'],
  ['30s,TERM', `a signal is missing before or after 30s; ${FORM}`],
  ['QUIT,30s,10s,KILL', `a signal is missing before or after 10s; ${FORM}`],
  ['QUIT,30s,TREM', 'there is no such signal (kill -l lists them)'],
  ['KILL,30s,TERM', 'KILL can only be the last: nothing is left after it'],
  ['QUIT,1,KILL,1,TERM', 'KILL can only be the last: nothing is left after it'],
];
for (const [value, problem] of SEQUENCES) {
  test(`the sequence ${value} is refused`, t => {
    t.is(problemOf({'signal-on-hup': value}), `signal-on-hup: ${problem}`);
    t.is(problemOf({'signal-on-term': value}), `signal-on-term: ${problem}`);
  });
}

test('a sequence that the stop timeout cuts short is refused', t => {
  const cut = (value: string, timeout: string) =>
    problemOf({'signal-on-term': value, 'stop-timeout': timeout});
  t.is(cut('QUIT,30s,TERM', '30s'), 'signal-on-term: --stop-timeout 30s kills before TERM is sent');
  t.is(cut('QUIT,30s,TERM,10s,KILL', '35'), 'signal-on-term: --stop-timeout 35 kills before KILL is sent');
  t.notThrows(() => read({'signal-on-term': 'QUIT,30s,TERM,10s,KILL', 'stop-timeout': '40s'}));
  t.notThrows(() => read({'signal-on-term': 'QUIT', 'stop-timeout': '0'}));
});

test('the signals to pass on are read by name or number, each once', t => {
  t.deepEqual(read({forward: 'USR1,sigwinch,10, usr2'}).forward, ['USR1', 'WINCH', 'USR2']);
  t.deepEqual(read({}).forward, []);
});

const CAN = 'ssd can pass on ALRM, PWR, TTIN, TTOU, URG, USR1, USR2, WINCH';
const FORWARDS: readonly (readonly [value: string, problem: string])[] = [
  ['HUP', `ssd restarts on HUP; ${CAN}`],
  ['USR1,TERM', `ssd stops on TERM; ${CAN}`],
  ['QUIT', `ssd stops on QUIT; ${CAN}`],
  ['INT', `ssd stops on INT; ${CAN}`],
  ['CHLD', `ssd learns of the end of a worker on CHLD; ${CAN}`],
  ['KILL', `the kernel ends ssd on KILL; ${CAN}`],
  ['SEGV', `SEGV is not for a server; ${CAN}`],
  ['USR3', `there is no signal 'USR3'; ${CAN}`],
  ['', `there is no signal ''; ${CAN}`],
  ['USR1,', `there is no signal ''; ${CAN}`],
];
for (const [value, problem] of FORWARDS) {
  test(`--forward=${value} is refused`, t => t.is(problemOf({forward: value}), `forward: ${problem}`));
}
