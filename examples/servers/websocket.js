/** WebSockets, whose connections last: the old generation keeps its own for a while, and then sends them away. */
import http from 'node:http';
import {notifyReady, serverPorts} from 'ssd-superdaemon';
import {WebSocketServer} from 'ws';

/** How long the old generation keeps its clients; ssd's own limit is --stop-timeout, which should be longer. */
const GRACE_MS = Number(process.env.GRACE_MS ?? 60_000);
/** "Service Restart" (the IANA registry of close codes): the client is to connect again. */
const SERVICE_RESTART = 1012;

const [fd] = serverPorts().values();
const server = http.createServer((_request, response) => response.writeHead(426).end());
const sockets = new WebSocketServer({server});
sockets.on('connection', client => {
  const tell = text => client.send(`generation ${process.env.SERVER_STARTER_GENERATION}: ${text}`);
  client.on('message', message => tell(message));
  tell('hello');
});
server.listen({fd}, 4096, notifyReady);

/** Accepts no more. The process ends by itself when the last client has gone. */
process.on('SIGTERM', () => {
  server.close();
  setTimeout(() => {
    for (const client of sockets.clients) client.close(SERVICE_RESTART);
  }, GRACE_MS).unref();
});
