/** A server that needs nothing but Node. */
const fs = require('node:fs');
const http = require('node:http');

const fd = Number(process.env.SERVER_STARTER_PORT.split('=')[1]);
const server = http.createServer((_request, response) => {
  response.end(`generation ${process.env.SERVER_STARTER_GENERATION}, pid ${process.pid}\n`);
});
server.listen({fd}, 4096, () => fs.writeSync(Number(process.env.SSD_READY_FD), '\n'));
process.on('SIGTERM', () => server.close());
