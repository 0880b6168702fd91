/** When to look at what is left of a process group: no signal tells of the end of a process that is no child. */

/** How soon what is left of a group is looked at again. The pause doubles, because no signal tells of the end. */
const FIRST_LOOK_MS = 10;
const LONGEST_LOOK_MS = 500;

/** Looks at groups again and again while leaders are gone and others are left. */
export function createGroupTimer(look: () => void) {
  let timer: NodeJS.Timeout | undefined;
  let pauseMs = FIRST_LOOK_MS;
  let before = 0;
  return {
    /** @param left how many groups have lost their leader */
    lookAgain: (left: number) => {
      clearTimeout(timer);
      pauseMs = left > before ? FIRST_LOOK_MS : Math.min(2 * pauseMs, LONGEST_LOOK_MS);
      before = left;
      if (left > 0) timer = setTimeout(look, pauseMs);
    },
    dispose: () => clearTimeout(timer),
  };
}
