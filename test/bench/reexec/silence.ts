/** How long clients of the control socket wait for an answer (`pings.ts`). */
import {once} from 'node:events';
import {Worker} from 'node:worker_threads';

/** The longest wait of a client that stays connected, and of those that connect for each question. */
export type Waits = {readonly kept: number; readonly fresh: number};

export type Pings = {
  /** The longest waits since the last call. */
  readonly take: () => Promise<Waits>;
  readonly stop: () => Promise<void>;
};

export async function startPings(control: string): Promise<Pings> {
  const thread = new Worker(new URL('./pings.js', import.meta.url), {workerData: control});
  const take = async () => {
    thread.postMessage('take');
    const [waits] = await once(thread, 'message');
    return waits as Waits;
  };
  // The first answers take longest: code is compiled on both sides.
  await take();
  return {take, stop: async () => void (await thread.terminate())};
}
