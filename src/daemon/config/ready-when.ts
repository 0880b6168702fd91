/** What `--ready` can ask for. */
export type ReadyWhen =
  | {readonly how: 'interval' | 'notify' | 'fd'}
  | {readonly how: 'exec'; readonly command: string};
