import type {Heavy} from '../../core/memory/heavy.js';
import type {Input} from '../../core/types.js';
import type {Border} from '../../faults/border.js';
import {now} from '../../system/clock.js';
import type {Undo} from '../../system/undo.js';
import {type MemoryWatch, measureEveryMs, watchMemory} from './watch.js';

export type WeighParts = {
  readonly config: {readonly settings: {readonly maxMemory: number | null}};
  readonly border: Border;
  readonly undo: Undo;
};

export type Weighed = {
  readonly readyWorkers: MemoryWatch['ready'];
  readonly submit: (input: Input) => void;
};

/** Measures the workers from now on, with `--max-memory`, and adds to `undo` what ends that. */
export function weighWorkers({config, border, undo}: WeighParts, loop: Weighed): void {
  const {maxMemory: limit} = config.settings;
  if (limit === null) return;
  const submit = (heavy: Heavy) => loop.submit({...heavy, now: now()});
  const everyMs = measureEveryMs(process.env);
  undo.add(watchMemory({limit, ready: loop.readyWorkers, submit, border, everyMs}));
}
