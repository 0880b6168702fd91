/**
 * How many requests a second a worker answers on a listener of ssd's, and on one that it has bound itself: ssd is not
 * in the way of a connection, and this shows it. Both run all the time and are asked in turns, so that both have the
 * same share of a busy machine.
 */
import net from 'node:net';
import {boundPort, type Rig} from '../helpers/rig.js';
import {freePort} from '../helpers/sockets.js';
import {type Effort, inTurns, median, type Row} from './figures.js';
import {WEB_COMMAND} from './peers.js';
import {onStage} from './stage.js';

const CONNECTIONS = 16;
const ROUND_MS = 1000;
const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
/** Each answer has one, and only one, of these. */
const MARK = Buffer.from('HTTP/1.1 200 OK\r\n');

export function throughput({rounds}: Effort): Promise<readonly Row[]> {
  return onStage(async rig => {
    const [inherited, own] = [await underSsd(rig), await alone(rig)];
    const [through, without] = [() => rateOf(inherited), () => rateOf(own)];
    // Each is the first as often as the other.
    const [a = [], b = []] = await inTurns(rounds / 2, through, without);
    const [c = [], d = []] = await inTurns(rounds / 2, without, through);
    const [upper, lower] = [median([...a, ...d]), median([...b, ...c])];
    return [
      {
        what: "requests a second through ssd / the same worker on its own socket, Node's http",
        seen: `${(upper / lower).toFixed(3)} (${upper.toFixed(0)} / ${lower.toFixed(0)}, medians of ${rounds})`,
        goal: '>= 0.98',
        met: upper >= 0.98 * lower,
      },
    ];
  });
}

async function underSsd(rig: Rig): Promise<number> {
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd'], WEB_COMMAND);
  const port = await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  return port;
}

async function alone(rig: Rig): Promise<number> {
  const port = await freePort();
  // Its word that it is ready is an empty line on standard error.
  const worker = rig.start(WEB_COMMAND, {env: {PORT: String(port), SSD_READY_FD: '2'}});
  await worker.line(/^$/);
  return port;
}

/** Answers a second, while every connection has one request under way all the time. */
async function rateOf(port: number): Promise<number> {
  let answers = 0;
  const sockets = Array.from({length: CONNECTIONS}, () => {
    const socket = net.connect({port, host: '127.0.0.1'}, () => void socket.write(REQUEST));
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      if (!chunk.includes(MARK)) return;
      answers += 1;
      socket.write(REQUEST);
    });
    return socket;
  });
  const begunAt = performance.now();
  await new Promise(resolve => setTimeout(resolve, ROUND_MS));
  const seconds = (performance.now() - begunAt) / 1000;
  for (const socket of sockets) socket.destroy();
  return answers / seconds;
}
