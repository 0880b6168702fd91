import {constants} from 'node:os';

/**
 * Finds a signal by name or number, as kill(1) does.
 *
 * @returns its name without SIG; null if there is no such signal
 * @example signalNamed('sighup') === 'HUP' && signalNamed('9') === 'KILL'
 */
export function signalNamed(text: string): string | null {
  const wanted = text.toUpperCase().replace(/^SIG/, '');
  const found = Object.entries(constants.signals).find(
    ([name, number]) => name === `SIG${wanted}` || String(number) === wanted,
  );
  return found ? found[0].slice('SIG'.length) : null;
}
