/**
 * Measures the workers that serve, again and again (`--max-memory`). What is above the limit is reported to the core,
 * which decides whether it is replaced.
 */
import type {Heavy} from '../../core/memory/heavy.js';
import type {MeasuredWorker} from '../../core/memory/ready-workers.js';
import type {Border} from '../../faults/border.js';
import {measure} from './measure.js';

const EVERY_MS = 10_000;

export type MemoryWatch = {
  readonly limit: number;
  /** The workers whose memory counts now. */
  readonly ready: () => readonly MeasuredWorker[];
  readonly submit: (heavy: Heavy) => void;
  readonly border: Pick<Border, 'report'>;
  /** From the end of one measurement to the next one. */
  readonly everyMs: number;
};

/** The time between two measurements. A test of whole programs makes it shorter by `SSD_MEASURE_MS`. */
export function measureEveryMs({SSD_MEASURE_MS: text}: Readonly<Record<string, string | undefined>>): number {
  return /^\d{1,5}$/.test(text ?? '') ? Number(text) : EVERY_MS;
}

/** @returns a function that ends it. Its timer keeps nothing alive */
export function watchMemory({limit, ready, submit, border, everyMs}: MemoryWatch): () => void {
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  const look = async () => {
    const workers = ready();
    const measured = await measure(workers.map(({pid}) => pid));
    if (isOver) return;
    // One is replaced at a time, so the heaviest comes first.
    const heavy = workers
      .map(({generation, worker, pid}) => ({generation, worker, bytes: measured.get(pid) ?? 0}))
      .filter(({bytes}) => bytes > limit)
      .sort((one, other) => other.bytes - one.bytes);
    for (const one of heavy) submit({type: 'heavy', ...one});
  };
  const plan = () => {
    if (isOver) return;
    timer = setTimeout(() => {
      look()
        .catch(error => border.report('the memory of workers', error))
        .then(plan);
    }, everyMs);
    timer.unref();
  };
  plan();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
