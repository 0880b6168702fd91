/** What strace has written: one line for each system call. */

export type Call = {
  readonly name: string;
  /** Counted from 1 among the calls of this name. */
  readonly nth: number;
  /** The line as strace has it, with the paths of descriptors. */
  readonly text: string;
};

/** Signals and the messages of strace itself are passed over. */
export function readCalls(output: string): readonly Call[] {
  const counts = new Map<string, number>();
  return output.split('\n').flatMap(text => {
    const name = /^(\w+)\(/.exec(text)?.[1];
    if (name === undefined) return [];
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    return [{name, nth, text}];
  });
}

/** The line of the call that was made to fail, or null if there were fewer calls. */
export function injectedIn(output: string): string | null {
  return output.split('\n').find(line => line.endsWith('(INJECTED)')) ?? null;
}
