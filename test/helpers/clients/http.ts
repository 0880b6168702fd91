/** Clients of `--http`. */
import http from 'node:http';
import {Mailbox} from '../mailbox.js';
import type {Running} from '../rig.js';

/** `http://HOST:PORT`, or a path. */
export type Place = string;

export type Reply = {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
};

/** Where an ssd says that it serves HTTP. */
export async function httpPlace(ssd: Running): Promise<Place> {
  return (await ssd.line(/serving HTTP at /)).replace(/^.* at /, '');
}

/** Asks once, by a connection of its own. */
export function get(place: Place, path: string, options: http.RequestOptions = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = http.request({...addressOf(place), path, agent: false, ...options}, response => {
      const chunks: Buffer[] = [];
      response.on('data', chunk => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const {statusCode: status = 0, headers} = response;
        resolve({status, headers, text: Buffer.concat(chunks).toString()});
      });
    });
    request.on('error', reject);
    request.end();
  });
}

export type Message = {readonly id: string; readonly data: Record<string, unknown>};

export type Stream = {
  readonly next: () => Promise<Message>;
  /** The next message with an event of this type. */
  readonly until: (type: string) => Promise<Message>;
  readonly closed: Promise<void>;
  readonly close: () => void;
};

/** Follows `/events`. @param cursor that of the last event which is known */
export function follow(place: Place, cursor?: string): Stream {
  const messages = new Mailbox<Message>(`a message of ${place}/events`);
  const headers = cursor === undefined ? {} : {'last-event-id': cursor};
  const request = http.request({...addressOf(place), path: '/events', agent: false, headers});
  const closed = new Promise<void>(resolve => request.on('close', resolve));
  request.on('error', () => {});
  request.on('response', response => {
    let text = '';
    response.on('error', () => {});
    response.setEncoding('utf8').on('data', chunk => {
      const parts = `${text}${chunk}`.split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) {
        const [, id, data] = /^id: (.*)\ndata: (.*)$/.exec(part) ?? [];
        if (id !== undefined && data !== undefined) messages.put({id, data: JSON.parse(data)});
      }
    });
  });
  request.end();
  const until = async (type: string): Promise<Message> => {
    const message = await messages.take();
    return message.data.type === type ? message : until(type);
  };
  return {next: () => messages.take(), until, closed, close: () => void request.destroy()};
}

function addressOf(place: Place): http.RequestOptions {
  if (place.startsWith('/')) return {socketPath: place, host: 'localhost'};
  const {hostname, port} = new URL(place);
  return {host: hostname.replace(/^\[|\]$/g, ''), port};
}
