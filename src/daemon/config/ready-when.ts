/** The values of `--ready`. */
export type ReadyWhen =
  | {readonly how: 'interval' | 'notify' | 'fd'}
  | {readonly how: 'exec'; readonly command: string};
