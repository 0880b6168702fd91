/**
 * What is wrong and lasts. Whatever meets a problem raises it, as often as it meets it, and solves it when it is over.
 * Everybody is told when a problem begins and when it ends, and never in between, so that a full disk does not fill
 * the log. A problem that nobody can see the end of, such as a message from a stranger, ends by itself some time after
 * it was met last.
 *
 *     raise ──▶ lasts ──(raise: counted)──▶ lasts ──(solve, or quiet for long enough)──▶ over
 */
import type {Event} from '../../shared/protocol/event.js';
import type {Problem, ProblemCode, ProblemFacts, Raise} from '../../shared/protocol/problem.js';

export type Problems = {
  /** It is met, for the first time or again. */
  readonly raise: Raise;
  /** It is over. Nothing happens where it is not known. */
  readonly solve: (code: ProblemCode, subject: string) => void;
  /** These are all that there are of this code now; others of it are over. */
  readonly replace: (code: ProblemCode, problems: readonly Omit<ProblemFacts, 'code'>[]) => void;
  /** Those that last, the oldest first. */
  readonly list: () => readonly Problem[];
};

export type ProblemsContext = {
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly timeOfDay: () => Date;
  readonly tell: (event: Event) => void;
};

/** More than anybody can mend at once; a hostile worker must not fill the memory. */
export const MAX_PROBLEMS = 64;

/** How long after it was last met a problem without an end of its own is over. */
export const QUIET_MS = 60_000;

const WITHOUT_END: ReadonlySet<ProblemCode> = new Set(['control-failed', 'notification', 'log-lines']);

type Lasting = {problem: Problem; readonly began: number; met: number};

export function createProblems({now, timeOfDay, tell}: ProblemsContext): Problems {
  const lasting = new Map<string, Lasting>();
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
  };
}

function keyOf(code: ProblemCode, subject: string): string {
  return `${code} ${subject}`;
}
