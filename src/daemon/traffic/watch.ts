/** What clients meet with: the connections of workers, and what becomes of them while a restart runs. */
import type {Undo} from '../system/undo.js';
import {type ConnectionReader, createConnectionReader} from './connections.js';
import {type RestartTraffic, type RestartTrafficContext, watchRestarts} from './restart-traffic.js';

export type TrafficParts = Omit<RestartTrafficContext, 'connections'> & {readonly undo: Undo};

export function watchTraffic(parts: TrafficParts): {
  readonly connections: ConnectionReader;
  readonly traffic: RestartTraffic;
} {
  const connections = createConnectionReader(parts);
  const traffic = watchRestarts({...parts, connections});
  parts.undo.add(traffic.dispose);
  return {
    connections: {
      look: async (pids, withRows) => {
        const found = await connections.look(pids, withRows);
        traffic.note(found);
        return found;
      },
    },
    traffic,
  };
}
