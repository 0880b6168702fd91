/** Problems are reported at their begin and end, counted in between, and bounded in number. */
import test from 'ava';
import {
  createProblems,
  MAX_PROBLEMS,
  type ProblemsState,
  QUIET_MS,
} from '../../../src/daemon/problems/problems.js';
import type {Event} from '../../../src/shared/protocol/event.js';

function stage(revived: ProblemsState | null = null, ms = 1000) {
  const told: Event[] = [];
  const clock = {ms};
  const problems = createProblems({
    now: () => clock.ms,
    timeOfDay: () => new Date(clock.ms),
    tell: event => told.push(event),
    revived,
  });
  const types = () => told.splice(0).map(event => `${event.type} ${'subject' in event ? event.subject : ''}`);
  return {problems, clock, types, told};
}

const full = (subject: string) => ({code: 'status-file', subject, cause: 'ENOSPC'}) as const;

test('a problem is reported once and counted each time', t => {
  const {problems, types} = stage();
  for (let met = 0; met < 3; met += 1) problems.raise(full('/a'));
  t.deepEqual(types(), ['problem /a']);
  t.deepEqual(problems.list(), [{...full('/a'), since: '1970-01-01T00:00:01.000Z', count: 3}]);
});

test('the latest cause is shown', t => {
  const {problems} = stage();
  problems.raise(full('/a'));
  problems.raise({...full('/a'), cause: 'EROFS'});
  t.like(problems.list(), [{cause: 'EROFS', count: 2}]);
});

test('the end is reported once, with the duration', t => {
  const {problems, clock, told} = stage();
  problems.raise(full('/a'));
  clock.ms += 250;
  problems.solve('status-file', '/a');
  problems.solve('status-file', '/a');
  t.deepEqual(told.slice(1), [{type: 'problem-solved', ...full('/a'), count: 1, lastedMs: 250}]);
  t.deepEqual(problems.list(), []);
});

test('an unknown problem cannot be solved', t => {
  const {problems, types} = stage();
  problems.solve('status-file', '/a');
  t.deepEqual(types(), []);
});

test('a problem that comes back is a new one', t => {
  const {problems, types} = stage();
  problems.raise(full('/a'));
  problems.solve('status-file', '/a');
  problems.raise(full('/a'));
  t.deepEqual(types(), ['problem /a', 'problem-solved /a', 'problem /a']);
  t.like(problems.list(), [{count: 1}]);
});

test('all problems of a code are replaced: new ones begin, old ones end, others are left alone', t => {
  const {problems, types} = stage();
  problems.raise(full('/other'));
  problems.replace('environment', [
    {subject: 'A', cause: 'x'},
    {subject: 'B', cause: 'x'},
  ]);
  types();
  problems.replace('environment', [
    {subject: 'B', cause: 'x'},
    {subject: 'C', cause: 'x'},
  ]);
  t.deepEqual(types(), ['problem-solved A', 'problem C']);
  t.deepEqual(
    problems.list().map(({subject}) => subject),
    ['/other', 'B', 'C'],
  );
});

test('a problem without a visible end is over when it has not occurred for a while', t => {
  const {problems, clock, types} = stage();
  const stranger = {code: 'notification', subject: 'pid 7', cause: 'no worker'} as const;
  problems.raise(stranger);
  clock.ms += QUIET_MS - 1;
  problems.raise(stranger);
  clock.ms += QUIET_MS - 1;
  t.is(problems.list().length, 1);
  clock.ms += 1;
  t.is(problems.list().length, 0);
  t.deepEqual(types(), ['problem pid 7', 'problem-solved pid 7']);
});

test('a problem with an end lasts until it is solved', t => {
  const {problems, clock} = stage();
  problems.raise(full('/a'));
  clock.ms += 1000 * QUIET_MS;
  t.is(problems.list().length, 1);
});

test('the number of problems is bounded, and the oldest makes room', t => {
  const {problems, types} = stage();
  for (let number = 0; number <= MAX_PROBLEMS; number += 1) problems.raise(full(`/${number}`));
  t.is(problems.list().length, MAX_PROBLEMS);
  t.deepEqual(types().slice(-2), ['problem-solved /0', `problem /${MAX_PROBLEMS}`]);
});

test('what lasts is handed over: nothing is told again, it is counted on, and its end is told with its whole duration', t => {
  const first = stage();
  first.problems.raise(full('/a'));
  first.problems.raise({code: 'internal', subject: 'x', cause: 'y'});
  first.clock.ms += 500;
  first.problems.raise(full('/a'));
  const {state, fds} = first.problems.handOver();
  t.deepEqual(fds, []);
  const {problems, told, types, clock} = stage(JSON.parse(JSON.stringify(state)), 2000);
  t.deepEqual(problems.list(), first.problems.list());
  problems.raise(full('/a'));
  t.deepEqual(types(), []);
  problems.solve('status-file', '/a');
  t.deepEqual(told.splice(0), [{type: 'problem-solved', ...full('/a'), count: 3, lastedMs: 1000}]);
  clock.ms = 1000 + QUIET_MS;
  t.deepEqual(problems.list(), []);
  t.deepEqual(types(), ['problem-solved x']);
});

test('to hand over changes nothing, even of what is over by now', t => {
  const {problems, types, clock} = stage();
  problems.raise({code: 'internal', subject: 'x', cause: 'y'});
  types();
  clock.ms += QUIET_MS;
  const {state} = problems.handOver();
  problems.raise(full('/a'));
  t.is(state.lasting.length, 1);
  t.deepEqual(types(), ['problem-solved x', 'problem /a']);
});
