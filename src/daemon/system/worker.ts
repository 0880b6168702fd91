/** Starts the workers of a generation and reports each of them once: spawned, or spawn-failed; then exited. */

import type {Env} from '../../shared/instance-paths.js';
import type {PlacedListener} from '../address.js';
import {portVariable, typesVariable} from '../address.js';
import type {Event} from '../core/types.js';
import type {Children} from './children.js';
import {hintFor, markStderr} from './diagnosis.js';
import {type Oddity, readEnvironment} from './environment.js';
import type {Listener} from './listeners.js';
import {findProgram} from './program.js';

export type WorkerContext = {
  readonly program: readonly [string, ...string[]];
  readonly directory: string | null;
  /** ssd's own environment, with what its options set. */
  readonly base: Env;
  readonly listeners: readonly Listener[];
  readonly children: Children;
  readonly now: () => number;
  readonly submit: (event: Event) => void;
  readonly onOddity: (oddity: Oddity) => void;
};

/**
 * Spawns the workers of one generation. The environment is read once for all of them, and what it says about
 * delays and automatic restarts is submitted first.
 */
export function spawnGeneration(
  context: WorkerContext,
  generation: number,
  workers: readonly number[],
): void {
  const {env, tunables, oddities} = readEnvironment(context.base);
  for (const oddity of oddities) context.onOddity(oddity);
  context.submit({type: 'environment', now: context.now(), tunables});
  const variables = {...env, ...variablesFor(context.listeners, generation)};
  for (const worker of workers) spawnWorker(context, variables, {generation, worker});
}

/** What a worker finds in its environment beside the operator's own variables. */
export function variablesFor(
  listeners: readonly Pick<PlacedListener, 'name' | 'fd' | 'type'>[],
  generation: number,
): Record<string, string> {
  return {
    SERVER_STARTER_PORT: portVariable(listeners),
    SERVER_STARTER_GENERATION: String(generation),
    SSD_SOCKET_TYPES: typesVariable(listeners),
  };
}

function spawnWorker(
  context: WorkerContext,
  env: Readonly<Record<string, string>>,
  id: {readonly generation: number; readonly worker: number},
): void {
  const {program, directory, listeners, children, now, submit} = context;
  const bound = listeners.some(({type}) => type !== 'unix');
  const mark = markStderr(now());
  const found = findProgram(program[0], env, directory);
  const started =
    'cause' in found
      ? found
      : children.spawn({
          path: found.path,
          argv: program,
          env,
          directory,
          descriptors: descriptorsFor(listeners),
          onExit: ending => {
            const at = now();
            submit({type: 'exited', now: at, ...id, ending, hint: hintFor(mark, ending, at, bound)});
          },
        });
  if ('pid' in started) submit({type: 'spawned', now: now(), ...id, pid: started.pid});
  else submit({type: 'spawn-failed', now: now(), ...id, cause: started.cause});
}

/** Standard input, output and error as ssd has them, unless a listener takes the number; then the listeners. */
function descriptorsFor(listeners: readonly Listener[]): (readonly [number, number])[] {
  const standard = [0, 1, 2].filter(number => !listeners.some(({fd}) => fd === number));
  return [
    ...standard.map(number => [number, number] as const),
    ...listeners.map(({own, fd}) => [own, fd] as const),
  ];
}
