/** Which release is wanted, and where workers have theirs from. */

/** Which release a restart brings up. Without `--release` there is only `link`. */
export type Wish =
  /** What the link says when the workers are spawned. */
  | {readonly type: 'link'}
  /** This directory, whatever the link says. */
  | {readonly type: 'directory'; readonly path: string}
  /** That of a generation which was good. */
  | {readonly type: 'generation'; readonly generation: number; readonly release: string}
  /** That of the last generation which was good: what ssd restarts of itself. */
  | {readonly type: 'good'};

/** Where workers have their release and their environment from. */
export type Origin =
  /** The link is resolved, and the environment read, now. Without `--release` there is no link to resolve. */
  | {readonly type: 'link'}
  | {readonly type: 'directory'; readonly path: string}
  /** Those of this generation. `orLink`: the link will do where that release is gone. */
  | {readonly type: 'generation'; readonly generation: number; readonly orLink: boolean};

/** A generation that was good, and its release. */
export type Pinned = {readonly generation: number; readonly release: string};
