/**
 * `/events`: the events as a stream (server-sent events). Each has its cursor as `id:`, and a client that comes back with the
 * last one that it got (`Last-Event-ID`, which a browser sends by itself) goes on behind it, as far as the history goes back.
 *
 * Nothing is kept for a client but the number of the last event that it was sent. One that does not read gets no more until
 * it does, and then what the history still has; the server hangs up on it after a while without progress.
 */
import type {ServerResponse} from 'node:http';
import type {Recorded} from '../../shared/protocol/event.js';
import {printableJson} from '../../shared/words/printable.js';
import type {Border} from '../faults/border.js';
import type {HttpView} from './view.js';

export type Streams = {
  readonly isFull: () => boolean;
  /** Sends what follows `cursor`, or all events that are kept; then every event that comes. The head is sent already. */
  readonly open: (response: ServerResponse, cursor: string | undefined) => void;
  /** Ends those that there are: each client comes back, to whoever serves then. */
  readonly endAll: () => void;
  /** Ends all of them, for good. */
  readonly close: () => void;
};

type Stream = {readonly response: ServerResponse; seq: number; isFull: boolean};

export const MAX_STREAMS = 32;
/** How often a stream without events shows that it lives. Proxies hang up after a minute. */
const BEAT_MS = 15_000;
/** When a browser comes back that has lost its stream. */
const RETRY_MS = 1000;

export function createStreams(
  {history, epoch}: Pick<HttpView, 'history' | 'epoch'>,
  border: Border,
): Streams {
  const streams = new Set<Stream>();
  let beat: NodeJS.Timeout | undefined;
  const pump = (stream: Stream) => {
    if (stream.isFull) return;
    for (const event of history.after(stream.seq)) {
      stream.seq = event.seq;
      if (!stream.response.write(messageOf(event, epoch))) stream.isFull = true;
      if (event.type === 'stopped') stream.response.end();
      if (stream.isFull) return;
    }
  };
  const pumpAll = border.guard('the streams of HTTP', () => streams.forEach(pump));
  const unfollow = history.follow(pumpAll);
  const beatAll = border.guard('the streams of HTTP', () => {
    for (const {response, isFull} of streams) if (!isFull) response.write(':\n\n');
  });
  const forget = (stream: Stream) => {
    streams.delete(stream);
    if (streams.size === 0) clearInterval(beat);
  };
  const endAll = () => {
    for (const {response} of streams) response.end();
    streams.clear();
    clearInterval(beat);
  };
  return {
    endAll,
    isFull: () => streams.size >= MAX_STREAMS,
    open: (response, cursor) => {
      const stream = {response, seq: seqIn(cursor, epoch, history.last()), isFull: false};
      if (streams.size === 0) beat = setInterval(beatAll, BEAT_MS).unref();
      streams.add(stream);
      response.on('close', () => forget(stream));
      response.on(
        'drain',
        border.guard('a stream of HTTP', () => {
          stream.isFull = false;
          pump(stream);
        }),
      );
      response.write(`retry: ${RETRY_MS}\n\n`);
      pump(stream);
    },
    close: () => {
      unfollow();
      endAll();
    },
  };
}

/** JSON has no line end in it. */
function messageOf(event: Recorded, epoch: string): string {
  return `id: ${epoch}-${event.seq}\ndata: ${printableJson(event)}\n\n`;
}

/** @returns 0 for the cursor of another ssd, or none: all events that are kept follow */
function seqIn(cursor: string | undefined, epoch: string, last: number): number {
  const [, given, digits] = /^([0-9a-z]+)-(\d{1,15})$/.exec(cursor ?? '') ?? [];
  const seq = Number(digits);
  return given === epoch && seq <= last ? seq : 0;
}
