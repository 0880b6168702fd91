/** Names a worker uniquely for the life of ssd. */
export type WorkerAddress = {readonly generation: number; readonly worker: number};

/**
 * The address as a key of a map.
 *
 * @example keyOf({generation: 2, worker: 0}) // '2/0'
 */
export function keyOf({generation, worker}: WorkerAddress): string {
  return `${generation}/${worker}`;
}
