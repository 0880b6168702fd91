/**
 * How many requests per second a worker answers on a listener from ssd, and on one that it bound itself. It shows that
 * ssd does not slow connections down.
 *
 * Two runs of the same program differ by 5 % and more, depending on their memory layout, and the speed of the machine
 * varies. So several pairs are measured in turns, and the ratio of each turn counts.
 */
import net from 'node:net';
import {boundPort, type Rig} from '../helpers/rig.js';
import {freePort} from '../helpers/sockets.js';
import {WEB_COMMAND} from './peers.js';
import {type Effort, median, type Row} from './stage/figures.js';
import {onStage} from './stage/stage.js';

const CONNECTIONS = 16;
const PAIRS = 20;
/** Short, so that both rates of a turn are those of the same moment. */
const ROUND_MS = 200;
/** For each round of the other benches. */
const TURNS = 8;
const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
/** Each answer has one, and only one, of these. */
const MARK = Buffer.from('HTTP/1.1 200 OK\r\n');

export async function throughput({rounds}: Effort): Promise<readonly Row[]> {
  const turns: Turn[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    turns.push(...(await onStage(rig => compare(rig, Math.ceil((TURNS * rounds) / PAIRS)))));
  }
  const [through, alone] = [median(turns.map(turn => turn.through)), median(turns.map(turn => turn.alone))];
  const ratio = median(turns.map(turn => turn.through / turn.alone));
  return [
    {
      what: "requests a second through ssd / the same worker on its own socket, Node's http",
      seen:
        `${ratio.toFixed(3)}, median of ${turns.length} turns of ${PAIRS} pairs ` +
        `(medians ${through.toFixed(0)} / ${alone.toFixed(0)})`,
      goal: '>= 0.98',
      met: ratio >= 0.98,
    },
  ];
}

type Turn = {readonly through: number; readonly alone: number};

async function compare(rig: Rig, rounds: number): Promise<readonly Turn[]> {
  const [inherited, own] = [await underSsd(rig), await onItsOwn(rig)];
  const turns: Turn[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Each is the first as often as the other.
    const first = round % 2 === 0 ? await rateOf(inherited) : null;
    const alone = await rateOf(own);
    turns.push({through: first ?? (await rateOf(inherited)), alone});
  }
  return turns;
}

async function underSsd(rig: Rig): Promise<number> {
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd'], WEB_COMMAND);
  const port = await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  return port;
}

async function onItsOwn(rig: Rig): Promise<number> {
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
