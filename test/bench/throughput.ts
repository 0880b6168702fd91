/**
 * How many requests a second a worker answers on a listener of ssd's, and on one that it has bound itself: ssd is not
 * in the way of a connection, and this shows it. Both run all the time and are asked in turns, so that both have the
 * same share of a busy machine.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import net from 'node:net';
import {join} from 'node:path';
import {SSD} from '../helpers/rig.js';
import {freePort} from '../helpers/sockets.js';
import {type Effort, median, type Row} from './figures.js';
import {WEB_COMMAND} from './peers.js';

const CONNECTIONS = 16;
const ROUND_MS = 1000;
const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
/** Each answer has one, and only one, of these. */
const MARK = Buffer.from('HTTP/1.1 200 OK\r\n');

export async function throughput({rounds}: Effort): Promise<Row[]> {
  const directory = mkdtempSync('/tmp/ssd-bench-');
  const [inherited, own] = [await freePort(), await freePort()];
  const args = [
    `--control=${join(directory, 'control')}`,
    `--port=127.0.0.1:${inherited}`,
    '--ready=fd',
    '--',
  ];
  const programs = [
    launch([process.execPath, SSD, ...args, ...WEB_COMMAND], {}),
    launch(WEB_COMMAND, {PORT: String(own)}),
  ];
  for (const port of [inherited, own]) await listening(port);
  const rates = new Map<number, number[]>([
    [inherited, []],
    [own, []],
  ]);
  for (let round = 0; round < rounds; round += 1) {
    // Each is the first as often as the other.
    const order = round % 2 === 0 ? [inherited, own] : [own, inherited];
    for (const port of order) rates.get(port)?.push(await rateOf(port));
  }
  for (const program of programs) {
    program.kill('SIGTERM');
    await once(program, 'exit');
  }
  rmSync(directory, {recursive: true});
  const [through, alone] = [median(rates.get(inherited) ?? []), median(rates.get(own) ?? [])];
  return [
    {
      what: "requests a second through ssd / the same worker on its own socket, Node's http",
      seen: `${(through / alone).toFixed(3)} (${through.toFixed(0)} / ${alone.toFixed(0)}, medians of ${rounds})`,
      goal: '>= 0.98',
      met: through >= 0.98 * alone,
    },
  ];
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

async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = net.connect({port, host: '127.0.0.1'});
    const [came] = await Promise.race([
      once(socket, 'connect').then(() => [true]),
      new Promise<[boolean]>(resolve => socket.on('error', () => resolve([false]))),
    ]);
    socket.destroy();
    if (came) return;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

function launch(command: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  const [program = '', ...args] = command;
  return spawn(program, args, {stdio: 'ignore', env: {...process.env, ...env}});
}
