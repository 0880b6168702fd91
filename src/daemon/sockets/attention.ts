/**
 * Looks at growing intervals, for ten seconds and for as long as something is suspicious. Then it stops, so that an idle
 * ssd is never woken up.
 */
const FIRST_MS = 20;
const LONGEST_MS = 2500;
const SUSPICIOUS_MS = 500;
const ATTENTION_MS = 10_000;

export type Attention = {
  /** Begins again, with the shortest interval. */
  readonly pay: () => void;
  readonly dispose: () => void;
};

export type AttentionContext = {
  readonly now: () => number;
  readonly look: () => void;
  readonly isSuspicious: () => boolean;
  /** Called when the ten seconds are over. */
  readonly onEnd: () => void;
};

export function createAttention({now, look, isSuspicious, onEnd}: AttentionContext): Attention {
  let timer: NodeJS.Timeout | undefined;
  let delay = FIRST_MS;
  let since = 0;
  const arm = () => {
    const ms = isSuspicious() && now() - since < ATTENTION_MS ? Math.min(delay, SUSPICIOUS_MS) : delay;
    clearTimeout(timer);
    timer = setTimeout(again, ms);
  };
  const again = () => {
    look();
    delay = Math.min(delay * 2, LONGEST_MS);
    const isOver = now() - since >= ATTENTION_MS;
    if (isOver) onEnd();
    if (!isOver || isSuspicious()) arm();
  };
  return {
    pay: () => {
      delay = FIRST_MS;
      since = now();
      arm();
    },
    dispose: () => clearTimeout(timer),
  };
}
