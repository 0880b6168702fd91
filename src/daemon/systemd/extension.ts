/**
 * Asks the service manager for time (EXTEND_TIMEOUT_USEC) as long as something is under way that has a limit of its own.
 * It asks for a little at a time, again and again: the watchdog waits for as long, too, and an ssd that hangs should be
 * noticed.
 */

export type Extension = {
  /** @param dueAt when what is under way is over at the latest; null: there is nothing to wait for */
  readonly until: (dueAt: number | null) => void;
};

export type ExtensionParts = {
  readonly now: () => number;
  readonly setTimer: (act: () => void, ms: number) => () => void;
  readonly ask: (message: string) => void;
};

/** How much time ssd asks for. */
export const LEASE_MS = 10_000;
/** What follows the end of a start or a stop takes time too. */
export const MARGIN_MS = 5000;

export function createExtension({now, setTimer, ask}: ExtensionParts): Extension {
  let dueAt: number | null = null;
  let cancel: (() => void) | null = null;
  const renew = () => {
    cancel = null;
    if (dueAt === null || now() >= dueAt) return;
    const ms = dueAt - now() + MARGIN_MS;
    ask(`EXTEND_TIMEOUT_USEC=${Math.min(ms, LEASE_MS) * 1000}`);
    if (ms > LEASE_MS) cancel = setTimer(renew, LEASE_MS / 2);
  };
  return {
    until: next => {
      if (next === dueAt) return;
      dueAt = next;
      cancel?.();
      renew();
    },
  };
}
