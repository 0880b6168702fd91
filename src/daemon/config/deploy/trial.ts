/** Reads the options of trials: `--bake` and those of its check. */
import {invalidOption} from '../../../shared/words/errors.js';
import type {Settings} from '../../core/types.js';
import type {RawOptions} from '../options.js';
import {execCommand, readCount, readDuration} from '../values.js';

export type TrialSettings = Pick<Settings, 'bakeMs' | 'check'>;

const DEFAULT_EVERY_MS = 1000;

/** @throws {Refusal} `option-invalid` */
export function readTrial(options: RawOptions): {
  readonly settings: TrialSettings;
  readonly check: {readonly command: string; readonly timeoutMs: number} | null;
} {
  const bakeMs = readDuration(options, 'bake') ?? 0;
  const command = readCommand(options);
  const everyMs = readDuration(options, 'bake-every') ?? DEFAULT_EVERY_MS;
  const timeoutMs = readDuration(options, 'bake-timeout') ?? everyMs;
  const failures = readCount(options, 'bake-failures', 1) ?? 1;
  for (const [option, ms] of [
    ['bake-every', everyMs],
    ['bake-timeout', timeoutMs],
  ] as const)
    if (ms === 0) throw invalidOption(option, options[option] ?? '', 'expected more than 0');
  if (command === null) {
    const idle = (['bake-every', 'bake-timeout', 'bake-failures'] as const).find(
      option => options[option] !== undefined,
    );
    if (idle) throw invalidOption(idle, options[idle] ?? '', 'it works only with --bake-check');
    return {settings: {bakeMs, check: null}, check: null};
  }
  return {settings: {bakeMs, check: {everyMs, failures}}, check: {command, timeoutMs}};
}

function readCommand(options: RawOptions): string | null {
  const value = options['bake-check'];
  if (value === undefined) return null;
  const command = execCommand(value);
  if (command !== null) return command;
  throw invalidOption('bake-check', value, 'expected exec=COMMAND');
}
