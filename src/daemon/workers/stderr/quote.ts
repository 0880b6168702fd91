/** Adds the last lines of a worker's standard error to the event and the verdict that report its failure. */
import type {Event, FailedStart} from '../../../shared/protocol/event.js';
import type {Answer} from '../../../shared/protocol/verdict.js';
import type {StderrTails} from './tails.js';

/** How many lines a person wants to see. */
const QUOTED = 10;
/**
 * A line of a stack that only names a place: in Node and Java, in Ruby, in Go. There the reason is above the stack, and in
 * Python below it.
 */
const FRAME = /^\s+(?:at|from) \S|^\t\S+:\d+(?: \+0x[\da-f]+)?$/;

type Tails = Pick<StderrTails, 'read'>;

/** @returns the event, with the lines if it reports a failed start */
export function quoteInEvent(event: Event, tails: Tails): Event {
  return event.type === 'start-failed' ? quoted(event, tails) : event;
}

/** @returns the answer, with the lines if it is the verdict `failed` */
export function quoteInAnswer(answer: Answer, tails: Tails): Answer {
  return 'verdict' in answer && answer.verdict === 'failed' ? quoted(answer, tails) : answer;
}

function quoted<T extends Pick<FailedStart, 'generation' | 'worker'>>(failed: T, tails: Tails) {
  const {lines} = tails.read(failed);
  return {...failed, stderr: lines && shortened(lines)};
}

/** The last lines. If there are more, the places of a stack are left out first, so that its reason stays. */
function shortened(lines: readonly string[]): readonly string[] {
  if (lines.length <= QUOTED) return lines;
  return lines.filter(line => !FRAME.test(line)).slice(-QUOTED);
}
