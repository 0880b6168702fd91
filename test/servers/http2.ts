/** An HTTP/2 server without TLS (h2c with prior knowledge), as one would write it to be run by ssd. */
import {writeSync} from 'node:fs';
import http2 from 'node:http2';
import {serverPorts} from 'ssd-superdaemon';

const SLOW_MS = 100;
/** How long a client that has been told to go may stay. */
const GRACE_MS = 10_000;
/** The highest number of a stream: whatever a client has sent before it hears that it must go is answered. */
const EVERY_STREAM = 2 ** 31 - 1;

const {NGHTTP2_NO_ERROR} = http2.constants;
const sessions = new Set<http2.ServerHttp2Session>();
let stopping = false;

const [fd] = serverPorts().values();
const server = http2.createServer();
server.on('session', session => {
  sessions.add(session);
  session.on('close', () => sessions.delete(session));
  if (stopping) dismiss(session);
});
server.on('stream', (stream, headers) => {
  const answer = () => {
    if (stream.destroyed) return;
    stream.respond({':status': 200, 'content-type': 'text/plain'});
    stream.end(`generation ${process.env.SERVER_STARTER_GENERATION}, pid ${process.pid}\n`);
  };
  if (headers[':path'] === '/slow') setTimeout(answer, SLOW_MS);
  else answer();
});
server.listen({fd}, () => {
  const ready = process.env.SSD_READY_FD;
  if (ready !== undefined) writeSync(Number(ready), '\n');
});
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, stop);

function stop(): void {
  stopping = true;
  server.close();
  for (const session of sessions) dismiss(session);
  setTimeout(() => sessions.forEach(session => session.destroy()), GRACE_MS).unref();
}

/**
 * GOAWAY as RFC 9113, 6.8 wants it. `session.close()` would name the last stream that was seen, and a request that is on
 * its way at that moment would have to be sent again.
 */
function dismiss(session: http2.ServerHttp2Session): void {
  session.goaway(NGHTTP2_NO_ERROR, EVERY_STREAM);
}
