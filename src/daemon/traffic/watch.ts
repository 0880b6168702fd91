/** What clients meet with: the connections of workers, and what becomes of them while a restart runs. */
import type {Undo} from '../system/undo.js';
import {type ConnectionReader, createConnectionReader} from './connections.js';
import {type RestartTraffic, type RestartTrafficContext, watchRestarts} from './restart-traffic.js';

export type TrafficParts = Omit<RestartTrafficContext, 'connections'> & {readonly undo: Undo};

export function watchTraffic(parts: TrafficParts): {
  readonly connections: ConnectionReader;
  readonly traffic: Pick<RestartTraffic, 'inEvent' | 'inAnswer' | 'handOver'>;
} {
  const {border, undo} = parts;
  const connections = createConnectionReader(parts);
  const traffic = watchRestarts({...parts, connections});
  undo.add(traffic.dispose);
  /** An event or an answer goes out all the same if nothing can be added to it. */
  const safely = <T>(bare: T, add: () => T): T => {
    let full = bare;
    border.guard('the traffic', () => {
      full = add();
    })();
    return full;
  };
  return {
    connections: {
      look: async (pids, withRows) => {
        const found = await connections.look(pids, withRows);
        traffic.note(found);
        return found;
      },
    },
    traffic: {
      inEvent: (event, tokens) => safely(event, () => traffic.inEvent(event, tokens)),
      inAnswer: (token, answer) => safely(answer, () => traffic.inAnswer(token, answer)),
      handOver: traffic.handOver,
    },
  };
}
