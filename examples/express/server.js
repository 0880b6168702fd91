import http from 'node:http';
import {setTimeout as sleep} from 'node:timers/promises';
import express from 'express';
import {notifyReady, serverPorts} from 'ssd-superdaemon';

const page = `generation ${process.env.SERVER_STARTER_GENERATION}, pid ${process.pid}\n`;
let stopping = false;

const app = express();
app.use((_request, response, next) => {
  // The client's next request then comes over a new connection, to the new generation.
  if (stopping) response.set('Connection', 'close');
  next();
});
app.get('/', (_request, response) => {
  response.type('text').send(page);
});
app.get('/slow', async (_request, response) => {
  await sleep(1000);
  response.type('text').send(page);
});

const [fd] = serverPorts().values();
const server = http.createServer(app);
// Node sets the backlog of an inherited listener to 511 unless the second argument says otherwise; with `fd`, an
// option `backlog` has no effect.
server.listen({fd}, 4096, notifyReady);

// SIGINT too: Ctrl-C in a terminal reaches ssd and its workers alike.
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    stopping = true;
    server.close();
  });
}
