/** Names a worker for as long as ssd lives. */
export type WorkerAddress = {readonly generation: number; readonly worker: number};

/** As a key of a table. */
export function keyOf({generation, worker}: WorkerAddress): string {
  return `${generation}/${worker}`;
}
