/**
 * The web server of the benchmarks: one program that every superdaemon can run. It takes an inherited listener if there
 * is one, otherwise it listens on `$PORT`. It reports readiness by `$SSD_READY_FD` or PM2's message. `$BOOT_MS` delays
 * that, like an application that loads a lot. When it is told to finish, it accepts no more connections, answers the
 * requests on open ones, and asks for their end (`Connection: close`), as RFC 9112 (9.6) wants for keep-alive clients.
 */
import {writeSync} from 'node:fs';
import http from 'node:http';
import net from 'node:net';

const {SERVER_STARTER_PORT, PORT, SSD_READY_FD, BOOT_MS, SERVER_STARTER_GENERATION = '0'} = process.env;
const GRACE_MS = 5000;

let stopping = false;

const server = http.createServer((_request, response) => {
  if (stopping) response.setHeader('Connection', 'close');
  response.end(`generation ${SERVER_STARTER_GENERATION}, pid ${process.pid}\n`);
});
server.keepAliveTimeout = 60_000;

setTimeout(listen, Number(BOOT_MS ?? 0));

function listen(): void {
  const inherited = SERVER_STARTER_PORT?.split('=').at(-1);
  const where = inherited === undefined ? {port: Number(PORT), host: '127.0.0.1'} : {fd: Number(inherited)};
  server.listen(where, () => {
    if (SSD_READY_FD) writeSync(Number(SSD_READY_FD), '\n');
    process.send?.('ready');
  });
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    stopping = true;
    // Not http's own close: that hangs up on idle connections, over which a request may be on its way.
    net.Server.prototype.close.call(server, () => process.exit(0));
    setTimeout(() => server.closeAllConnections(), GRACE_MS).unref();
  });
}
