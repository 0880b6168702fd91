/** Comes instead of `boot`. */
export type Revival = {
  readonly type: 'revive';
  /** The versions of the two images. */
  readonly from: string;
  readonly to: string;
  /** The client that asked for it; null: it was a signal. */
  readonly token: string | null;
};
