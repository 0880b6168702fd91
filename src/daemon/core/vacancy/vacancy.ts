/** What the core remembers of a pause. `pause.ts` begins and ends it. */
export type Pause = {
  readonly since: number;
  /** It ends by itself at this moment. */
  readonly until: number;
  /** The clients that wait until no worker is left. */
  readonly tokens: readonly string[];
};
