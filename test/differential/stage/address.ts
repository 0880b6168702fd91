/** A listener from both sides: the worker's and the client's. */
import dgram from 'node:dgram';
import type net from 'node:net';
import {watched} from '../../helpers/mailbox.js';
import {answerOf} from '../../helpers/sockets.js';
import type {Given, Observation, Stage, Witness} from './stage.js';

const HOSTS = ['127.0.0.1', '127.0.0.2', '::1'];

/** SERVER_STARTER_PORT with the socket behind each number in its place: the numbers are in descriptors.test.ts. */
export function listenersOf({env, given}: Witness): unknown {
  return env.SERVER_STARTER_PORT?.split(';').map(entry => {
    const [name, fd] = entry.split('=');
    return {name, socket: socketOf(given.find(one => one.fd === Number(fd)))};
  });
}

function socketOf(given: Given | undefined): object | undefined {
  if (given === undefined) return undefined;
  const {fd: _fd, what: _what, reuseAddress: _reuseAddress, backlog: _backlog, ...socket} = given;
  return socket;
}

const reuseAddress = ({given}: Witness) =>
  given.filter(({type}) => type === 'tcp' || type === 'udp').map(one => one.reuseAddress);

/** What a client gets: `generation:pid`, or why there is no answer. */
const answerFrom = (target: net.TcpNetConnectOpts): Promise<string> =>
  answerOf(target).catch((error: NodeJS.ErrnoException) => error.code ?? String(error));

/** A connected socket is told when there is nobody. */
async function datagramAnswer(port: number): Promise<string> {
  const socket = dgram.createSocket('udp4');
  const answer = new Promise<string>(resolve => {
    socket.on('message', message => resolve(String(message)));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? String(error)));
    socket.connect(port, '127.0.0.1', () => socket.send('who?'));
  });
  try {
    return await watched(answer, () => `no answer from UDP port ${port}`);
  } finally {
    socket.close();
  }
}

/** Ports in these forms, each with a letter of its own, from both sides. */
export async function bound(stage: Stage, ...specs: readonly string[]): Promise<Observation> {
  const daemon = stage.start(['--interval=0', ...specs.map(spec => `--port=${stage.ports(spec)}`)]);
  const worker = await stage.nextWorker();
  const answers: string[][] = [];
  for (const spec of specs) answers.push(await answersTo(stage, spec));
  const seen = {listeners: listenersOf(worker), answers, reuseAddress: reuseAddress(worker)};
  return {...seen, ...(await stage.stop(daemon))};
}

async function answersTo(stage: Stage, spec: string): Promise<string[]> {
  const port = Number(stage.ports(/[A-J]/.exec(spec)?.[0] ?? ''));
  if (spec.includes('u')) return [await datagramAnswer(port)];
  return Promise.all(HOSTS.map(async host => `${host} ${await answerFrom({host, port})}`));
}
