/**
 * Collects the children that ssd did not start: orphans that process 1 of a container inherits, or a subreaper
 * (prctl(2), PR_SET_CHILD_SUBREAPER), and the children of a shell whose place ssd took. Uncollected, they would fill the
 * process table.
 *
 * Node has children, too (`child_process`), and waits for each by its pid. If somebody else collects one, Node never
 * reports its end. No system call tells such a child from an orphan. But Node collects it as soon as the event loop has
 * taken in the SIGCHLD that the kernel sent before the child could be seen as ended. So a stranger is collected only if
 * it is still there one turn of the event loop after it was seen. A child that a worker thread of Node has started is
 * collected by the loop of that thread, which has to be as quick.
 *
 * Each turn does a bounded piece of work, however many orphans there are: 10,000 that end together do not hold ssd up.
 */
export type Kernel = {
  /** A child that has ended and is not collected, or null; always the same one until that is collected (waitid(2)). */
  readonly ended: () => number | null;
  /** Whether this is a child that has ended and is not collected. */
  readonly hasEnded: (pid: number) => boolean;
  /** @returns whether the child was collected */
  readonly collect: (pid: number) => boolean;
  /** All processes that there are. */
  readonly processes: () => readonly number[];
};

export type Strangers = {
  /** A child may have ended. */
  readonly look: () => void;
  readonly dispose: () => void;
};

/** How many processes are looked at in one turn: less than a millisecond. */
export const LOOKED_AT = 256;

/** @param own the children that ssd has started and collects itself */
export function collectStrangers(own: {readonly has: (pid: number) => boolean}, kernel: Kernel): Strangers {
  let next: NodeJS.Immediate | undefined;
  /** Whether something may have ended since the last look at all processes began. */
  let isNew = false;
  /** They had ended at the last turn. */
  let seen: readonly number[] = [];
  /** Still to be looked at. */
  let rest: readonly number[] = [];
  const turn = () => {
    next = undefined;
    const failed = seen.filter(pid => !own.has(pid) && kernel.hasEnded(pid) && !kernel.collect(pid));
    seen = [];
    const first = kernel.ended();
    // The kernel names one that cannot be collected again and again.
    if (first === null || failed.includes(first)) {
      rest = [];
      isNew = false;
    } else if (own.has(first)) lookBehind();
    else seen = [first];
    if (seen.length > 0 || rest.length > 0 || isNew) later();
  };
  /** A leader that is not collected while its group lives hides those that have ended after it. */
  const lookBehind = () => {
    if (rest.length === 0 && isNew) {
      isNew = false;
      rest = kernel.processes();
    }
    const some = rest.slice(0, LOOKED_AT);
    rest = rest.slice(LOOKED_AT);
    seen = some.filter(pid => !own.has(pid) && kernel.hasEnded(pid));
  };
  const later = () => {
    next ??= setImmediate(turn);
  };
  return {
    look: () => {
      isNew = true;
      later();
    },
    dispose: () => clearImmediate(next),
  };
}
