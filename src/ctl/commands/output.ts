/** Where a command says things: results are data on standard output, progress is for the person watching. */
export type Output = {
  /** The result: as it is with `--json`, else as `render` has it. */
  readonly result: (data: object, render: () => string) => void;
  readonly progress: (line: string) => void;
};

/** What a daemon answers at once, the status or that it accepts, takes no longer; one that does not is stuck. */
export const ANSWER_MS = 5000;
