import test from 'ava';
import type {RawOptions} from '../../../src/daemon/config/options.js';
import {readPrivileges} from '../../../src/daemon/config/privileges/read.js';
import {EMPTY_VALUE} from '../../../src/shared/words/command-line.js';
import {refusalOf} from '../../helpers/refusal.js';

test('without options workers are as ssd is', t => {
  t.deepEqual(readPrivileges({}), {
    user: null,
    group: null,
    umask: null,
    nice: null,
    limits: [],
    noNewPrivs: false,
    onDeath: 'keep',
    oomScoreAdj: null,
  });
});

test('each option is read', t => {
  const options: RawOptions = {
    user: 'www-data',
    group: '33',
    umask: '0027',
    nice: '-5',
    rlimit: ['nofile=65536', 'core=0:unlimited', 'as=unlimited'],
    'no-new-privs': true,
    'on-death': 'term',
    'oom-score-adj': '300',
  };
  t.deepEqual(readPrivileges(options), {
    user: 'www-data',
    group: '33',
    umask: 0o27,
    nice: -5,
    limits: ['nofile=65536', 'core=0:unlimited', 'as=unlimited'],
    noNewPrivs: true,
    onDeath: 'term',
    oomScoreAdj: 300,
  });
  for (const [text, umask] of [
    ['0', 0],
    ['22', 0o22],
    ['777', 0o777],
    ['0777', 0o777],
  ] as const)
    t.is(readPrivileges({umask: text}).umask, umask);
});

const ACCOUNT = 'expected a name or a number';
const UMASK = 'expected an octal number from 0 to 0777, such as 0027';
const FORM = 'expected NAME=NUMBER or NAME=SOFT:HARD, such as nofile=1024';
const KNOWN = 'as, core, cpu, data, fsize, locks, memlock, msgqueue, nice, nofile, nproc, rss, rtprio';

const invalid: readonly (readonly ['user' | 'group' | 'umask' | 'nice' | 'oom-score-adj', string, string])[] =
  [
    ['user', '', EMPTY_VALUE],
    ['group', '', EMPTY_VALUE],
    ...['-x', 'a b', 'a\nb', 'a:b', '4294967295', '99999999999'].map(
      value => ['user', value, ACCOUNT] as const,
    ),
    ...['', '8', '0x1f', '1777', '00027', '-1', 'u=rwx'].map(value => ['umask', value, UMASK] as const),
    ...['', '20', '-21', '1.5', '+5', 'low'].map(
      value => ['nice', value, 'expected a whole number from -20 to 19'] as const,
    ),
    ...['', '1001', '-1001', 'x'].map(
      value => ['oom-score-adj', value, 'expected a whole number from -1000 to 1000'] as const,
    ),
  ];

for (const [option, value, problem] of invalid) {
  test(`--${option}=${JSON.stringify(value)} is refused`, t => {
    t.deepEqual(
      refusalOf(() => readPrivileges({[option]: value})),
      {code: 'option-invalid', option, value, problem},
    );
  });
}

for (const [value, problem] of [
  [
    'nofiles=1',
    `there is no such limit (did you mean nofile?); known are ${KNOWN}, rttime, sigpending, stack`,
  ],
  ['nofile', FORM],
  ['nofile=', FORM],
  ['nofile=x', FORM],
  ['nofile=-1', FORM],
  ['nofile=1:', FORM],
  ['nofile=:1', FORM],
  ['nofile=1:2:3', FORM],
  ['nofile=2:1', 'the soft limit is above the hard one'],
  ['nofile=unlimited:1', 'the soft limit is above the hard one'],
] as const) {
  test(`--rlimit=${value} is refused`, t => {
    t.deepEqual(
      refusalOf(() => readPrivileges({rlimit: ['core=0', value]})),
      {code: 'option-invalid', option: 'rlimit', value, problem},
    );
  });
}
