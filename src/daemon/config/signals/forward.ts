/** `--forward`: the signals that ssd passes on to its workers. */
import {invalidOption} from '../../../shared/words/errors.js';
import {signalNamed} from '../../../shared/words/signal-name.js';

/**
 * What a server may give a meaning to, and ssd has no use for. All others act on ssd, come from the kernel or the terminal,
 * or cannot be caught.
 */
export const FORWARDED = ['ALRM', 'PWR', 'TTIN', 'TTOU', 'URG', 'USR1', 'USR2', 'WINCH'] as const;

/** What ssd does when it gets one of these. */
const OWN: Readonly<Record<string, string>> = {
  HUP: 'ssd restarts',
  INT: 'ssd stops',
  QUIT: 'ssd stops',
  TERM: 'ssd stops',
  CHLD: 'ssd learns of the end of a worker',
  KILL: 'the kernel ends ssd',
  STOP: 'the kernel stops ssd',
};

/** @returns the names without `SIG`, each once. @throws {Refusal} `option-invalid` */
export function readForward(value: string | undefined): readonly string[] {
  if (value === undefined) return [];
  return [...new Set(value.split(',').map(word => readOne(word, value)))];
}

function readOne(word: string, value: string): string {
  const refuse = (problem: string) =>
    invalidOption('forward', value, `${problem}; ssd can pass on ${FORWARDED.join(', ')}`);
  const signal = signalNamed(word.trim());
  if (signal === null) throw refuse(`there is no signal '${word}'`);
  if (FORWARDED.some(name => name === signal)) return signal;
  const own = OWN[signal];
  throw refuse(own === undefined ? `${signal} is not for a server` : `${own} on ${signal}`);
}
