const UNIT_MS: Readonly<Record<string, number>> = {ms: 1, s: 1000, m: 60_000, h: 3_600_000};

/** The end of the message about an invalid duration. */
export const DURATION_FORM = 'expected seconds (1, 0.2) or a number with ms, s, m or h';

/** The longest accepted duration: ten years. */
export const MAX_DURATION_MS = 10 * 366 * 24 * 3_600_000;

/**
 * Reads a duration: seconds, as in start_server (`1`, `0.2`), or a number with a unit (`200ms`, `30s`, `5m`, `1h`).
 *
 * @returns whole milliseconds; null for a negative value, one over {@link MAX_DURATION_MS}, and any other text
 * @example parseDuration('1.5') === 1500 && parseDuration('5m') === 300_000 && parseDuration('-1') === null
 */
export function parseDuration(text: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|m|h)?\s*$/.exec(text);
  if (!match) return null;
  const ms = Math.round(Number(match[1]) * (UNIT_MS[match[2] ?? 's'] ?? Number.NaN));
  return ms <= MAX_DURATION_MS ? ms : null;
}

/**
 * Writes a duration for people, with at most two units.
 *
 * @param ms milliseconds, not negative
 * @example formatDuration(1234) === '1.2s' && formatDuration(3_720_000) === '1h 2m'
 */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return `${days}d ${hours}h`;
  return hours > 0 ? `${hours}h ${minutes}m` : `${minutes}m ${seconds % 60}s`;
}
