const UNIT_BYTES: Readonly<Record<string, number>> = {'': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3};

/** The end of the message about an invalid size. */
export const SIZE_FORM = 'expected bytes (536870912) or a number with K, M or G (512M, 1.5G), more than 0';

/**
 * Reads an amount of memory: bytes, or a number with a unit of 1024, 1024² or 1024³ bytes.
 *
 * @returns whole bytes; null for what is less than 1 or more than can be counted, and for any other text
 * @example parseSize('1.5K') === 1536 && parseSize('0') === null
 */
export function parseSize(text: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*([KMG]?)\s*$/i.exec(text);
  if (!match) return null;
  const unit = (match[2] ?? '').toUpperCase();
  const bytes = Number(match[1]) * (UNIT_BYTES[unit] ?? Number.NaN);
  const whole = unit === '' ? bytes : Math.round(bytes);
  return Number.isSafeInteger(whole) && whole > 0 ? whole : null;
}

/** @example formatSize(35_651_584) === '34.0M' */
export function formatSize(bytes: number): string {
  const units = ['K', 'M', 'G', 'T'];
  let value = bytes / 1024;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit += 1) value /= 1024;
  return `${value.toFixed(unit === 0 ? 0 : 1)}${units[unit]}`;
}
