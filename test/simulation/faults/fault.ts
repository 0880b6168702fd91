/**
 * Text of a compiled file and its replacement. The text must occur exactly once, or it is the first after `within`.
 */
export type Fault = {
  readonly file: string;
  readonly within?: string;
  readonly from: string;
  readonly to: string;
  /** The simulation needs hundreds of worlds to find it. */
  readonly isRare?: true;
};
