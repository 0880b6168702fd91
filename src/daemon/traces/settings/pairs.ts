/** Lists such as `key1=value1,key2=value%202`, in which OpenTelemetry's variables have headers and attributes. */
import type {Tell} from './tell.js';

/** More than anybody names, and less than an environment can hold. */
const MOST = 128;

/** @returns null if the text is no such list */
export function readPairs(text: string): Readonly<Record<string, string>> | null {
  const parts = text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '');
  if (parts.length > MOST) return null;
  const pairs: [key: string, value: string][] = [];
  for (const part of parts) {
    const at = part.indexOf('=');
    const [key, value] = [decode(part.slice(0, at)), decode(part.slice(at + 1))];
    if (at < 1 || !key || value === null) return null;
    pairs.push([key, value]);
  }
  return Object.fromEntries(pairs);
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    // Not percent-encoded.
    return null;
  }
}

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** They say how this request is made. */
const OURS: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Those that HTTP can have. Of the others, the variable and no value is told: it may be a secret. */
export function readHeaders(text: string, variable: string, tell: Tell): Readonly<Record<string, string>> {
  const pairs = readPairs(text);
  if (!pairs) {
    tell({variable, fault: 'ignored'});
    return {};
  }
  const all = Object.entries(pairs);
  const fit = all.filter(
    ([name, value]) => NAME.test(name) && VALUE.test(value) && !OURS.has(name.toLowerCase()),
  );
  if (fit.length < all.length) tell({variable, fault: 'some-ignored'});
  return Object.fromEntries(fit);
}
