/** A typical HTTP server for ssd. */
import http from 'node:http';
import {notifyReady, serverPorts} from 'ssd-superdaemon';

// A release that cannot be loaded, for the test.
if (process.env.BROKEN) throw new Error('this release is broken');

/**
 * A client that has connected and says nothing (browsers keep such spare connections) must not hold an old
 * generation for ever: Node checks no time limits on a server that is closed.
 */
const GRACE_MS = 10_000;

let stopping = false;

const servers = [...serverPorts().values()].map(fd =>
  http.createServer(answer).listen({fd}, 4096, notifyReady),
);
// SIGINT too: Ctrl-C in a terminal reaches ssd and its workers alike.
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, stop);

function answer(_request, response) {
  if (stopping) response.setHeader('Connection', 'close');
  response.end(`generation ${process.env.SERVER_STARTER_GENERATION}, pid ${process.pid}\n`);
}

/** Accepts no more and closes what is idle; the process ends by itself with the last request. */
function stop() {
  stopping = true;
  for (const server of servers) {
    server.close();
    setTimeout(() => server.closeAllConnections(), GRACE_MS).unref();
  }
}
