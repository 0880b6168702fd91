/**
 * Plans the order in which a child's descriptors are put at their numbers. The order matters, because a move overwrites a
 * number that another move may still have to read.
 */

/** Own descriptor → number in the child. */
export type DescriptorPair = readonly [own: number, child: number];

/** What the child does between fork and exec, one after the other. */
export type DescriptorStep =
  | {readonly type: 'duplicate'; readonly from: number; readonly onto: number}
  | {readonly type: 'close'; readonly fd: number};

/**
 * Plans the moves so that none overwrites what a later one reads: a number is written once nothing reads it any more.
 * Where moves wait for each other in a circle, one descriptor is set aside at a spare number first. A descriptor that
 * stays at its number goes there and back too: `dup2` of a number onto itself leaves close-on-exec set where glibc is
 * older than 2.29.
 *
 * @throws {RangeError} for a number that is given twice
 */
export function planMoves(pairs: readonly DescriptorPair[]): DescriptorStep[] {
  const pending = pendingOf(pairs);
  const spare = spareFor(pairs);
  const stay = pairs.filter(([own, child]) => own === child);
  const steps = [
    ...moveInOrder(pending),
    ...moveInCircles(pending, spare),
    ...stay.flatMap(([fd]) => [duplicate(fd, spare), duplicate(spare, fd)]),
  ];
  const usesSpare = steps.some(step => step.type === 'duplicate' && step.onto === spare);
  return usesSpare ? [...steps, {type: 'close', fd: spare}] : steps;
}

/** Number in the child → own descriptor, of all that move. */
type Pending = Map<number, number>;

function pendingOf(pairs: readonly DescriptorPair[]): Pending {
  const children = new Set(pairs.map(([, child]) => child));
  if (children.size < pairs.length) throw new RangeError('two descriptors for one number');
  return new Map(pairs.filter(([own, child]) => own !== child).map(([own, child]) => [child, own]));
}

/** Takes out of `pending` all that can be put in an order; what is left moves in circles. */
function moveInOrder(pending: Pending): DescriptorStep[] {
  const steps: DescriptorStep[] = [];
  const readers = new Map<number, number>();
  for (const own of pending.values()) readers.set(own, (readers.get(own) ?? 0) + 1);
  const free = [...pending.keys()].filter(child => !readers.has(child)).reverse();
  for (let child = free.pop(); child !== undefined; child = free.pop()) {
    const own = pending.get(child) ?? child;
    pending.delete(child);
    steps.push(duplicate(own, child));
    const left = (readers.get(own) ?? 0) - 1;
    readers.set(own, left);
    if (left === 0 && pending.has(own)) free.push(own);
  }
  return steps;
}

/** Every number that is left is read by just one move, and is the goal of just one. */
function moveInCircles(pending: Pending, spare: number): DescriptorStep[] {
  const steps: DescriptorStep[] = [];
  for (const [first] of pending) {
    steps.push(duplicate(first, spare));
    let child = first;
    for (let own = pending.get(child); own !== undefined; own = pending.get(child)) {
      pending.delete(child);
      steps.push(duplicate(own === first ? spare : own, child));
      child = own;
    }
  }
  return steps;
}

/** The lowest number that no move reads or writes, so that the limit of open files has room for it. */
function spareFor(pairs: readonly DescriptorPair[]): number {
  const taken = new Set(pairs.flat());
  let spare = 3;
  while (taken.has(spare)) spare += 1;
  return spare;
}

function duplicate(from: number, onto: number): DescriptorStep {
  return {type: 'duplicate', from, onto};
}
