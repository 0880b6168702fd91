/**
 * An HTTP/2 client that keeps its connection as long as the server allows, as browsers and gRPC do.
 *
 * If the server has not begun a request when it sends GOAWAY, the client sends the request again on another connection,
 * and the request is not lost: RFC 9113, 6.8 and 8.7. It repeats no other request.
 */
import http2 from 'node:http2';
import net from 'node:net';
import {type Client, type Exchange, failedBy, judgeBody} from './exchange.js';

type Session = {
  readonly http2: http2.ClientHttp2Session;
  readonly socket: net.Socket;
  lastStream: number;
  error: NodeJS.ErrnoException | null;
};

export function h2c(port: number): Client {
  let session = null as Session | null;
  const connected = () => {
    if (session && !session.http2.closed && !session.http2.destroyed) return session;
    session = connect(port);
    return session;
  };
  const exchange = async (path: string): Promise<Exchange> => {
    const current = connected();
    const result = await request(current, path);
    return result === 'not-begun' ? exchange(path) : result;
  };
  return {exchange, close: () => session?.http2.close()};
}

function connect(port: number): Session {
  const socket = net.connect({port, host: '127.0.0.1'});
  const session: Session = {
    http2: http2.connect(`http://127.0.0.1:${port}`, {createConnection: () => socket}),
    socket,
    lastStream: Number.POSITIVE_INFINITY,
    error: null,
  };
  session.http2.on('goaway', (_code, lastStream) => {
    session.lastStream = lastStream;
  });
  // The stream reports not every request on it.
  session.http2.on('error', error => {
    session.error = error;
  });
  return session;
}

function request(session: Session, path: string): Promise<Exchange | 'not-begun'> {
  const stream = session.http2.request({':path': path});
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
      // When a connection fails, its streams say only that they were cancelled, and give the reason.
      error = problem.cause instanceof Error ? problem.cause : problem;
    });
    stream.on('close', () => {
      const failure = error ?? (whole ? null : session.error);
      if (isNotBegun(session, stream)) resolve('not-begun');
      else if (failure) resolve(failedBy(failure, received));
      else if (whole) resolve(judgeBody(received));
      else if (wasNeverAccepted(session)) resolve({outcome: 'reset', problem: 'nobody has accepted it'});
      else resolve({outcome: 'cutShort', problem: `code ${stream.rstCode}, ${JSON.stringify(received)}`});
    });
  });
}

function isNotBegun({lastStream}: Session, {id = 0, rstCode}: http2.ClientHttp2Stream): boolean {
  return id > lastStream || rstCode === http2.constants.NGHTTP2_REFUSED_STREAM;
}

/**
 * A server greets with SETTINGS as soon as it has accepted. A connection that ends without that had waited in the
 * listener's queue and was reset; where Node finds that out by writing, its session closes and tells no error.
 */
function wasNeverAccepted({socket}: Session): boolean {
  return socket.bytesRead === 0;
}
