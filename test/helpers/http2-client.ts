/** A client of HTTP/2 that keeps its connection as long as the server lets it, as browsers and gRPC do. */
import http2 from 'node:http2';
import {type Client, type Exchange, failedBy, judgeBody} from './exchange.js';

export function h2c(port: number): Client {
  let session: http2.ClientHttp2Session | null = null;
  const connected = () => {
    // Node closes a session that has got GOAWAY: what it has sent is still answered, the next request needs another.
    if (session && !session.closed && !session.destroyed) return session;
    session = http2.connect(`http://127.0.0.1:${port}`);
    // Each request hears of it too.
    session.on('error', () => {});
    return session;
  };
  return {
    exchange: path => exchange(connected().request({':path': path})),
    close: () => session?.close(),
  };
}

function exchange(stream: http2.ClientHttp2Stream): Promise<Exchange> {
  return new Promise(resolve => {
    let status: number | undefined;
    let received = '';
    let whole = false;
    let error: NodeJS.ErrnoException | null = null;
    stream.setEncoding('utf8');
    stream.on('response', headers => {
      status = headers[':status'];
    });
    stream.on('data', chunk => {
      received += chunk;
    });
    stream.on('end', () => {
      whole = status === 200;
    });
    stream.on('error', (problem: Error) => {
      // Of a connection that failed the stream tells only that it was cancelled, and gives the reason.
      error = problem.cause instanceof Error ? problem.cause : problem;
    });
    stream.on('close', () => {
      if (error) resolve(failedBy(error, received));
      else if (whole) resolve(judgeBody(received));
      else resolve({outcome: 'cutShort', problem: `status ${status}, ${JSON.stringify(received)}`});
    });
  });
}
