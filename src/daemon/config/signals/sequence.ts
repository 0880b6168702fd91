/** `--signal-on-hup` and `--signal-on-term`: a signal, or several with times between them. */
import {constants} from 'node:os';
import {nearest} from '../../../shared/nearest.js';
import {didYouMean} from '../../../shared/words/command-line.js';
import {DURATION_FORM, parseDuration} from '../../../shared/words/duration.js';
import {invalidOption, type Refusal} from '../../../shared/words/errors.js';
import {signalNamed} from '../../../shared/words/signal-name.js';
import type {FollowUp, SignalSequence} from '../../core/types.js';
import type {RawOptions} from '../options.js';

type SequenceOption = 'signal-on-hup' | 'signal-on-term';
type Refuse = (problem: string) => Refusal;

const SIGNALS = Object.keys(constants.signals).map(name => name.slice('SIG'.length));
const FORM = 'a sequence is signals with times between them, as in QUIT,30s,TERM,10s,KILL';

/**
 * Reads `QUIT` or `QUIT,30s,TERM,10s,KILL`. A signal is read as kill(1) does: by name (`QUIT`, `sigquit`) or number.
 *
 * @param stopTimeoutMs a sequence that it cuts short is refused; null: nothing does
 * @throws {Refusal} `option-invalid`
 */
export function readSequence(
  option: SequenceOption,
  options: RawOptions,
  stopTimeoutMs: number | null,
): SignalSequence {
  const value = options[option] ?? 'TERM';
  const refuse: Refuse = problem => invalidOption(option, value, problem);
  const [first = '', ...words] = value.split(',');
  const signal = readSignal(first, refuse);
  if (words.length === 0) return {signal, further: [], killAfterMs: null};
  if (signal === 'KILL') throw refuse('KILL can only be the last: nothing is left after it');
  const all = readFurther(words, refuse);
  const {killAfterMs, further} = withoutKill(all);
  const last = all.at(-1);
  if (last && stopTimeoutMs !== null && isCutShort(last, stopTimeoutMs))
    throw refuse(`--stop-timeout ${options['stop-timeout']} kills before ${last.signal} is sent`);
  return {signal, further, killAfterMs};
}

function readSignal(word: string, refuse: Refuse): string {
  const signal = signalNamed(word.trim());
  if (signal !== null) return signal;
  if (parseDuration(word) !== null)
    throw refuse(`a signal is missing before or after ${word.trim()}; ${FORM}`);
  const form = /[:;\s]/.test(word.trim())
    ? `; ${FORM}`
    : didYouMean(nearest(word.trim().toUpperCase(), SIGNALS));
  throw refuse(`there is no such signal (kill -l lists them)${form}`);
}

/** @returns all but the first, with the times since the first */
function readFurther(words: readonly string[], refuse: Refuse): readonly FollowUp[] {
  const further: FollowUp[] = [];
  let afterMs = 0;
  for (let at = 0; at < words.length; at += 2) {
    const [time = '', name] = words.slice(at, at + 2);
    const pauseMs = parseDuration(time);
    if (pauseMs === null && signalNamed(time.trim()) !== null)
      throw refuse(`a time is missing before ${time.trim()}; ${FORM}`);
    if (pauseMs === null) throw refuse(`'${time}' is not a time: ${DURATION_FORM}`);
    if (pauseMs === 0) throw refuse('the time between two signals must be longer than 0');
    if (name === undefined) throw refuse(`a signal is missing after ${time.trim()}; ${FORM}`);
    afterMs += pauseMs;
    further.push({signal: readSignal(name, refuse), afterMs});
  }
  if (further.slice(0, -1).some(({signal}) => signal === 'KILL'))
    throw refuse('KILL can only be the last: nothing is left after it');
  return further;
}

/** SIGKILL has a moment of its own in the core, because it goes to the whole group, and is sent again. */
function withoutKill(all: readonly FollowUp[]) {
  const last = all.at(-1);
  if (last?.signal !== 'KILL') return {further: all, killAfterMs: null};
  return {further: all.slice(0, -1), killAfterMs: last.afterMs};
}

function isCutShort({signal, afterMs}: FollowUp, stopTimeoutMs: number): boolean {
  return stopTimeoutMs < afterMs || (stopTimeoutMs === afterMs && signal !== 'KILL');
}
