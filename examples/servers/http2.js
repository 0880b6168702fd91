/** A typical HTTP/2 server for ssd, without TLS (h2c with prior knowledge). */
import http2 from 'node:http2';
import {notifyReady, serverPorts} from 'ssd-superdaemon';

// A release that cannot be loaded, for the test.
if (process.env.BROKEN) throw new Error('this release is broken');

const SLOW_MS = 100;
/** How long a client that has been told to go may stay. */
const GRACE_MS = 10_000;
const sessions = new Set();
let stopping = false;

const [fd] = serverPorts().values();
const server = http2.createServer();
server.on('session', session => {
  sessions.add(session);
  session.on('close', () => sessions.delete(session));
  if (stopping) session.close();
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
server.listen({fd}, 4096, notifyReady);
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, stop);

/**
 * `close()` says GOAWAY and answers what has been begun. A request that is on its way at that moment has a number above
 * the one that GOAWAY names: the client sends it again on another connection (RFC 9113, 6.8).
 */
function stop() {
  stopping = true;
  server.close();
  for (const session of sessions) session.close();
  setTimeout(() => {
    for (const session of sessions) session.destroy();
  }, GRACE_MS).unref();
}
