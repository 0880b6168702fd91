/** The line to one ssd: the connection for requests, and those for events. It is made anew if that was asked for. */
import {type Client, connect} from '../../shared/client/client.js';
import {defer} from '../../shared/deferred.js';
import type {Verb} from '../../shared/protocol/verbs.js';
import {Refusal} from '../../shared/words/errors.js';

export type Line = {
  /** That for requests; one that is lost, if it is not to be made anew. */
  readonly client: () => Client | Promise<Client>;
  /** A further one. It ends with the line. @param isOver whether nobody waits for it any more */
  readonly another: (isOver: () => boolean) => Promise<Client>;
  /** The last that has greeted. */
  readonly last: () => Client;
  readonly reconnects: boolean;
  readonly isClosed: () => boolean;
  readonly closed: Promise<void>;
  readonly close: () => void;
};

export function createLine(first: Client, reconnects: boolean): Line {
  const {path} = first;
  const open = new Set<Client>();
  const closed = defer<void>();
  let last = first;
  let isClosed = false;
  let dialing: Promise<Client> | null = null;
  const keep = (client: Client) => {
    open.add(client);
    void client.closed.then(() => open.delete(client));
    if (isClosed) client.close();
    return client;
  };
  const dial = async (isOver: () => boolean) => {
    const client = keep(await (reconnects ? dialUntil(path, () => isClosed || isOver()) : connect(path)));
    last = client;
    return client;
  };
  let current = keep(first);
  if (!reconnects) void first.closed.then(() => closed.resolve());
  return {
    client: () => {
      if (!reconnects || isClosed || open.has(current)) return current;
      dialing ??= dial(() => false)
        .then(client => {
          current = client;
          return client;
        })
        .finally(() => {
          dialing = null;
        });
      return dialing;
    },
    another: dial,
    last: () => last,
    reconnects,
    isClosed: () => isClosed,
    closed: closed.promise,
    close: () => {
      isClosed = true;
      for (const client of open) client.close();
      closed.resolve();
    },
  };
}

/** Why a request got no answer: after `close()` that is the reason, whatever else was seen since. */
export function reasonOf(error: unknown, verb: Verb, line: Line): unknown {
  if (!(error instanceof Refusal) || !line.isClosed()) return error;
  return error.failure.code === 'request-refused' ? error : closedHere(verb, line);
}

export function closedHere(verb: Verb, line: Line): Refusal {
  return new Refusal({code: 'connection-lost', path: line.last().path, verb, closedHere: true});
}

/** How long to wait before the next attempt. */
const PAUSE_MS = 50;
/** An ssd that ends may hang up before it has greeted. One that speaks another version says so each time. */
const MOST_UNKNOWN = 5;

/** Waits until an ssd is there. @throws {Refusal} if one cannot be spoken to, or nobody waits any more */
async function dialUntil(path: string, isOver: () => boolean): Promise<Client> {
  for (let unknown = 0; ; ) {
    try {
      return await connect(path);
    } catch (error) {
      if (!(error instanceof Refusal) || isOver()) throw error;
      const {code} = error.failure;
      if (code === 'protocol-unknown') unknown += 1;
      if (code === 'socket-foreign' || unknown >= MOST_UNKNOWN) throw error;
    }
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS));
  }
}
