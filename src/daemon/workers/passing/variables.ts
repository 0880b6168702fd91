/** The variables by which a worker finds its listeners. */
import {portVariable, typesVariable} from '../../config/address.js';
import {formVariables} from '../../config/forms/forms.js';
import type {ListenerOptions} from '../../config/listening/listener-options.js';
import type {Listener} from '../../sockets/listener.js';

export type Passable = Pick<Listener, 'name' | 'fd' | 'type' | 'address' | 'passed'>;

/** With what a generation is started: how many workers, and from which release, if from one. */
type Started = {readonly generation: number; readonly of: number; readonly release: string | null};

/**
 * The variables that every worker of a generation gets beside the operator's own.
 *
 * @example variablesFor([tcp8080], {generation: 2, of: 1, release: null}).SERVER_STARTER_PORT // '8080=3'
 */
export function variablesFor(
  listeners: readonly Passable[],
  {generation, of, release}: Started,
  {listenFds = false, forms = []}: Partial<Pick<ListenerOptions, 'listenFds' | 'forms'>> = {},
): Record<string, string> {
  return {
    SERVER_STARTER_PORT: portVariable(listeners),
    SERVER_STARTER_GENERATION: String(generation),
    SSD_SOCKET_TYPES: typesVariable(listeners),
    SSD_WORKERS: String(of),
    ...(release !== null && {SSD_RELEASE: release}),
    ...(listenFds && activationVariables(listeners)),
    ...formVariables(forms, listeners),
  };
}

/** Those of sd_listen_fds(3), without LISTEN_PID. To 0 descriptors nobody is used: the variables are then missing. */
function activationVariables(listeners: readonly Passable[]): Record<string, string> {
  if (listeners.length === 0) return {};
  const inOrder = [...listeners].sort((a, b) => a.fd - b.fd);
  return {
    LISTEN_FDS: String(inOrder.length),
    LISTEN_FDNAMES: inOrder.map(({name, passed}) => fitName(passed?.name ?? name)).join(':'),
  };
}

const LONGEST_NAME = 255;

/** systemd allows printable ASCII without the colon, which separates names. */
function fitName(name: string): string {
  return name.replace(/[^\x20-\x7e]|:/g, '_').slice(0, LONGEST_NAME);
}
