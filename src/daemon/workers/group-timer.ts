/** When to look at the rest of a process group: no signal tells ssd of the end of a process that is not its child. */

/** The first pause. Each further one is twice as long, up to the longest. */
const FIRST_LOOK_MS = 10;
const LONGEST_LOOK_MS = 500;

/** Looks at groups again and again while their leaders are gone and other members are left. */
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
