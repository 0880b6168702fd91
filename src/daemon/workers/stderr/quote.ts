/** Adds the last lines of a worker's standard error to the event and the verdict that report its failure. */
import type {Event, FailedStart} from '../../../shared/protocol/event.js';
import type {Answer} from '../../../shared/protocol/verdict.js';
import type {StderrTails} from './tails.js';

/** How many lines a person wants to see. */
const QUOTED = 10;

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
  return {...failed, stderr: tails.read(failed).lines?.slice(-QUOTED) ?? null};
}
