import type {Client} from '../../../shared/client/client.js';
import {within} from '../../../shared/client/patience.js';
import type {GenerationStatus} from '../../../shared/protocol/status.js';
import {Refusal} from '../../../shared/words/errors.js';
import {generationsOf} from '../../../shared/words/wording.js';
import {answerTo} from '../../instance/answer.js';
import type {Command} from '../../instance/context.js';
import {describeDrain} from '../../render/still-finishing.js';
import type {Progress} from '../../terminal/progress.js';

export const drain: Command<'drain'> = async ({connect, output, onInterrupt}, details) => {
  const {generation, timeoutMs} = details;
  const client = await connect();
  // Only the line of the progress has to go.
  onInterrupt(() => '');
  const {generations} = await answerTo(client, 'status');
  const waitsFor = retiringAmong(generations, generation);
  const numbers = waitsFor.map(one => one.generation);
  const late = {code: 'timed-out', verb: 'drain', seconds: (timeoutMs ?? 0) / 1000} as const;
  const left = untilGone(client, numbers, output.progress);
  await within(left.gone, timeoutMs, late).finally(left.end);
  output.progress.end();
  const awaited = generation === null ? numbers : [generation];
  output.result({drained: true, generations: numbers}, () => describeDrained(awaited));
};

function describeDrained(numbers: readonly number[]): string {
  if (numbers.length === 0) return 'no generation is retiring';
  return `${generationsOf(numbers)} ${numbers.length === 1 ? 'has' : 'have'} finished`;
}

/** @throws {Refusal} `not-retiring` */
function retiringAmong(
  generations: readonly GenerationStatus[],
  wanted: number | null,
): readonly GenerationStatus[] {
  if (wanted === null) return generations.filter(({phase}) => phase === 'retiring');
  const newest = Math.max(0, ...generations.map(({generation}) => generation));
  const found = generations.filter(({generation}) => generation === wanted);
  const phase = found[0]?.phase ?? (wanted > newest ? null : 'retiring');
  if (phase !== 'retiring') throw new Refusal({code: 'not-retiring', generation: wanted, phase});
  return found;
}

/** How often the numbers are asked for. The end of a worker is heard of at once. */
const LOOK_MS = 1000;

function untilGone(client: Client, numbers: readonly number[], {say, whisper}: Progress) {
  let timer: NodeJS.Timeout | undefined;
  let wake = () => {};
  let isOver = false;
  const watch = async () => {
    let before = Number.NaN;
    while (numbers.length > 0 && !isOver) {
      const woken = new Promise<void>(resolve => {
        wake = resolve;
        timer = setTimeout(resolve, LOOK_MS);
      });
      const {generations} = await answerTo(client, 'status');
      const left = generations.filter(({generation}) => numbers.includes(generation));
      if (left.length === 0 || isOver) return;
      // A line for each connection that ends would be many.
      (left.length === before ? whisper : say)(describeDrain(left));
      before = left.length;
      await woken;
      clearTimeout(timer);
    }
  };
  // The end of this request, or its refusal, only means that the timer has to do.
  if (numbers.length > 0)
    client
      .request('events', {sinceMs: 0, follow: true}, ({type}) => {
        if (type === 'finished' || type === 'lost') wake();
      })
      .catch(() => {});
  const end = () => {
    isOver = true;
    clearTimeout(timer);
  };
  return {gone: watch(), end};
}
