/** TypeScript without a build: `node --import tsx hello.ts`. The program `tsx` would not pass the listeners on. */
import http from 'node:http';
import {notifyReady, serverPorts} from 'ssd-superdaemon';

// A release that cannot be loaded, for the test.
if (process.env.BROKEN) throw new Error('this release is broken');

const generation: number = Number(process.env.SERVER_STARTER_GENERATION);
const [fd] = serverPorts().values();
const server = http.createServer((_request, response) => {
  response.end(`generation ${generation}, pid ${process.pid}\n`);
});
server.listen({fd}, notifyReady);
process.on('SIGTERM', () => server.close());
