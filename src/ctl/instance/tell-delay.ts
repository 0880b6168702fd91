/** Says what a command waits for, if there is no news for a while. */
import type {Client} from '../../shared/client/client.js';
import type {Event} from '../../shared/protocol/event.js';
import type {Target} from '../arguments/order.js';
import {commandFor} from '../render/interrupted.js';
import {createFinishing, type Waiting} from '../render/still-finishing.js';
import type {Progress} from '../terminal/progress.js';

/** After how long without news. */
const DELAY_MS = 2000;

/** It is said once. A person who watches sees it again after other news, and how many connections are left. */
export function tellDelay(
  verb: Waiting,
  {client, target}: {readonly client: Client; readonly target: Target},
  {say, whisper, isWatched}: Progress,
) {
  const finishing = createFinishing(verb, commandFor(target));
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  let news = 0;
  let isTold = false;
  const look = async () => {
    const before = news;
    if ((verb !== 'pause' && finishing.text() === null) || (isTold && !isWatched)) return;
    // ssd may be gone by now; what the command waits for tells that.
    const status = await client.request('status').catch(() => null);
    const text = finishing.text(status?.generations);
    if (text === null || isOver || news !== before) return;
    (isTold ? whisper : say)(text);
    isTold = true;
    arm();
  };
  const arm = () => {
    timer = setTimeout(look, DELAY_MS);
  };
  return {
    take: (event: Event) => {
      clearTimeout(timer);
      news += 1;
      finishing.take(event);
      arm();
    },
    end: () => {
      isOver = true;
      clearTimeout(timer);
    },
  };
}
