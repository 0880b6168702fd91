/** The output of `ssctl connections`. */
import type {Connection, Connections} from '../../shared/protocol/connection.js';
import {formatDuration} from '../../shared/words/duration.js';
import type {View} from '../terminal/view.js';
import {table} from './table.js';

const HEAD = ['GEN', 'WORKER', 'PEER', 'LISTENER', 'STATE', 'RECV', 'SEND', 'IDLE', 'AGE'];

export function renderConnections({total, connections}: Connections, view: View): string {
  if (total === 0) return 'no open connections';
  const text = table([HEAD, ...connections.map(rowOf)], view);
  const more = total - connections.length;
  return more > 0 ? `${text}\n… and ${more} more` : text;
}

function rowOf({generation, worker, peer, listener, state, received, unsent, idleMs, ageMs}: Connection) {
  const idle = idleMs === null ? '-' : formatDuration(idleMs);
  return [
    `${generation}`,
    `${worker}`,
    peer ?? '-',
    listener,
    state,
    `${received}`,
    `${unsent}`,
    idle,
    formatDuration(ageMs),
  ];
}
