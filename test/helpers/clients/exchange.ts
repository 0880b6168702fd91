/** One request and its outcome. An answer counts only if it is complete and came without an error. */
import net from 'node:net';

export type Outcome = 'answered' | 'refused' | 'reset' | 'cutShort' | 'otherwise';

export type Answer = {readonly generation: number; readonly pid: number};

export type Exchange =
  | {readonly outcome: 'answered'; readonly answer: Answer}
  | {readonly outcome: Exclude<Outcome, 'answered'>; readonly problem: string};

export type Client = {
  readonly exchange: (path: string) => Promise<Exchange>;
  readonly close: () => void;
};

/** A client that opens a connection for every request. */
export function http1(port: number): Client {
  return {exchange: path => exchange(port, path), close: () => {}};
}

function exchange(port: number, path: string): Promise<Exchange> {
  const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
  return new Promise(resolve => {
    let received = '';
    let error: NodeJS.ErrnoException | null = null;
    const socket = net.connect({port, host: '127.0.0.1'}, () => void socket.write(request));
    socket.setEncoding('latin1');
    socket.on('data', chunk => {
      received += chunk;
    });
    socket.on('error', cause => {
      error = cause;
    });
    socket.on('close', () => resolve(error ? failedBy(error, received) : judge(received)));
  });
}

/** What an error means for the request. Once an answer has begun, it was cut short. */
export function failedBy(error: NodeJS.ErrnoException, received: string): Exchange {
  const outcomes: Record<string, 'refused' | 'reset'> = {
    ECONNREFUSED: 'refused',
    ECONNRESET: 'reset',
    EPIPE: 'reset',
  };
  const outcome = received === '' ? (outcomes[error.code ?? ''] ?? 'otherwise') : 'cutShort';
  return {outcome, problem: `${error.message} after ${JSON.stringify(received)}`};
}

function judge(received: string): Exchange {
  const end = received.indexOf('\r\n\r\n');
  const head = received.slice(0, end);
  const body = received.slice(end + 4);
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1]);
  if (end === -1 || body.length < length) return {outcome: 'cutShort', problem: JSON.stringify(received)};
  if (!head.startsWith('HTTP/1.1 200 ') || body.length !== length)
    return {outcome: 'otherwise', problem: JSON.stringify(received)};
  return judgeBody(body);
}

export function judgeBody(body: string): Exchange {
  const [, generation, pid] = /^generation (\d+), pid (\d+)\n$/.exec(body) ?? [];
  if (pid === undefined) return {outcome: 'otherwise', problem: JSON.stringify(body)};
  return {outcome: 'answered', answer: {generation: Number(generation), pid: Number(pid)}};
}
