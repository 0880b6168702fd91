/**
 * The faults that last. Code that meets a problem raises it each time, and solves it when it is over. An event tells
 * the begin and the end of a problem and nothing in between, so that a full disk does not fill the log. Some problems
 * have no visible end, such as a message from a stranger. They end some time after they last occurred.
 *
 *     raise ──▶ lasts ──(raise: counted)──▶ lasts ──(solve, or quiet for long enough)──▶ over
 */
import type {Event} from '../../shared/protocol/event.js';
import type {Problem, ProblemCode, ProblemFacts, Raise} from '../../shared/protocol/problem.js';
import type {HandedOver} from '../handover/handed-over.js';

export type Problems = {
  /** Reports that the problem occurred, for the first time or again. */
  readonly raise: Raise;
  /** Reports that the problem is over. Does nothing for an unknown problem. */
  readonly solve: (code: ProblemCode, subject: string) => void;
  /** Reports all current problems of this code. Others of this code are over. */
  readonly replace: (code: ProblemCode, problems: readonly Omit<ProblemFacts, 'code'>[]) => void;
  /** Returns the current problems, the oldest first. */
  readonly list: () => readonly Problem[];
  readonly handOver: () => HandedOver<ProblemsState>;
};

/** A later version reads it: its names are a contract. */
export type ProblemsState = {
  /** The oldest first. */
  readonly lasting: readonly {
    readonly problem: Problem;
    /** When it began and when it last occurred: milliseconds of the monotonic clock. */
    readonly began: number;
    readonly met: number;
  }[];
};

export type ProblemsContext = {
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly timeOfDay: () => Date;
  readonly tell: (event: Event) => void;
  /** What lasts since the time of the ssd before this one. Its begin is told already. */
  readonly revived: ProblemsState | null;
};

/** More problems than a person can fix at once. The limit keeps a hostile worker from filling the memory. */
export const MAX_PROBLEMS = 64;

/** A problem without a visible end is over this long after it last occurred. */
export const QUIET_MS = 60_000;

const WITHOUT_END: ReadonlySet<ProblemCode> = new Set([
  'control-failed',
  'http-failed',
  'notification',
  'log-lines',
  'internal',
]);

type Lasting = {problem: Problem; readonly began: number; met: number};

export function createProblems({now, timeOfDay, tell, revived}: ProblemsContext): Problems {
  const lasting = new Map<string, Lasting>(
    revived?.lasting.map(one => [keyOf(one.problem.code, one.problem.subject), {...one}]),
  );
  const end = (key: string, {problem, began}: Lasting) => {
    lasting.delete(key);
    const {code, subject, cause, count} = problem;
    tell({type: 'problem-solved', code, subject, cause, count, lastedMs: now() - began});
  };
  const sweep = () => {
    for (const [key, one] of lasting) {
      if (WITHOUT_END.has(one.problem.code) && now() - one.met >= QUIET_MS) end(key, one);
    }
  };
  const raise = ({code, subject, cause}: ProblemFacts) => {
    sweep();
    const key = keyOf(code, subject);
    const known = lasting.get(key);
    if (known) {
      known.problem = {...known.problem, cause, count: known.problem.count + 1};
      known.met = now();
      return;
    }
    const [oldest] = lasting;
    if (lasting.size >= MAX_PROBLEMS && oldest) end(...oldest);
    const problem: Problem = {code, subject, cause, since: timeOfDay().toISOString(), count: 1};
    lasting.set(key, {problem, began: now(), met: now()});
    tell({type: 'problem', code, subject, cause});
  };
  const solve = (code: ProblemCode, subject: string) => {
    const key = keyOf(code, subject);
    const known = lasting.get(key);
    if (known) end(key, known);
  };
  return {
    raise,
    solve,
    replace: (code, problems) => {
      const subjects = new Set(problems.map(({subject}) => subject));
      for (const {problem} of [...lasting.values()]) {
        if (problem.code === code && !subjects.has(problem.subject)) solve(code, problem.subject);
      }
      for (const problem of problems) raise({code, ...problem});
    },
    list: () => {
      sweep();
      return [...lasting.values()].map(({problem}) => problem);
    },
    // What is over by now is told by the next one, as it would be here if execve fails.
    handOver: () => ({state: {lasting: [...lasting.values()].map(one => ({...one}))}, fds: []}),
  };
}

function keyOf(code: ProblemCode, subject: string): string {
  return `${code} ${subject}`;
}
