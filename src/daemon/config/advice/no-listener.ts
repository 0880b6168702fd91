/** What to say at a start without listeners. start_server allows that, and it is right for programs that serve nobody. */
import type {Config} from '../config.js';

/** An option of ssd that makes a listener. */
const LISTENER = /^--(port|path)(=|$)/;

/**
 * @param listeners those of the options, and sockets that were passed to ssd
 * @returns null if there is a listener
 */
export function warnOfNoListener(
  {program: [command, ...args]}: Pick<Config, 'program'>,
  listeners: readonly unknown[],
): string | null {
  if (listeners.length > 0) return null;
  const late = args.find(word => LISTENER.test(word));
  const why =
    late === undefined
      ? 'a restart of a server that binds its port itself will fail'
      : `${late} stands after ${command}, the program, and so belongs to it; options of ssd stand before the program`;
  return `warning: no listener is given (--port, --path): ${why}`;
}
