/** Says what a command waits for, if there is no news for a while. */
import type {Event} from '../../shared/protocol/event.js';
import {createFinishing} from '../render/still-finishing.js';
import type {Progress} from '../terminal/progress.js';

/** After how long without news. */
const DELAY_MS = 2000;

/** It is said once. A person who watches sees it again after other news. */
export function tellDelay(verb: 'restart' | 'stop', {say, whisper}: Progress) {
  const finishing = createFinishing(verb);
  let timer: NodeJS.Timeout | undefined;
  let tell: (text: string) => void = say;
  const end = () => clearTimeout(timer);
  const take = (event: Event) => {
    end();
    finishing.take(event);
    timer = setTimeout(() => {
      const text = finishing.text();
      if (text === null) return;
      tell(text);
      tell = whisper;
    }, DELAY_MS);
  };
  return {take, end};
}
