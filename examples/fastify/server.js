import {setTimeout as sleep} from 'node:timers/promises';
import fastify from 'fastify';
import {notifyReady, serverPorts} from 'ssd-superdaemon';

const page = `generation ${process.env.SERVER_STARTER_GENERATION}, pid ${process.pid}\n`;

// By default Fastify answers 503 to every request that it reads after close() was called, even on connections that it
// accepted before.
const app = fastify({return503OnClosing: false});
app.get('/', async () => page);
app.get('/slow', async () => {
  await sleep(1000);
  return page;
});

const [fd] = serverPorts().values();
await app.ready();
// Not app.listen(): it cannot pass the second argument. Without that, Node sets the backlog of an inherited listener
// to 511; with `fd`, an option `backlog` has no effect.
app.server.listen({fd}, 4096, notifyReady);

// SIGINT too: Ctrl-C in a terminal reaches ssd and its workers alike.
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => app.close());
