import {constants} from 'node:os';

/**
 * A signal as kill(1) takes it, by name or number.
 *
 * @returns its name without SIG, or null where there is none
 * @example signalNamed('sighup') === 'HUP' && signalNamed('9') === 'KILL'
 */
export function signalNamed(text: string): string | null {
  const wanted = text.toUpperCase().replace(/^SIG/, '');
  const found = Object.entries(constants.signals).find(
    ([name, number]) => name === `SIG${wanted}` || String(number) === wanted,
  );
  return found ? found[0].slice('SIG'.length) : null;
}
