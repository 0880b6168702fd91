/**
 * How long ssd itself takes in a restart, with a real ssd, ssctl and worker; `npm run bench` prints it.
 *
 *     request ──▶ spawned            from writing the request to the news of the spawn, on one connection
 *     readiness byte ──▶ ssctl ends  from telling the worker to write it to the exit of `ssctl restart`
 *
 * Both bounds are from outside: what the clients and the worker take for their part is in the figures. The second is
 * to be compared with what an empty Node program takes from its start to its end on the same machine.
 */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {type Conductor, createConductor, type Worker} from '../helpers/conductor.js';
import {rawClient, request} from '../helpers/raw-client.js';
import {SERVER, SSCTL, SSD} from '../helpers/rig.js';

const ROUNDS = 30;
const READY_FD = 4;

async function main(): Promise<void> {
  const directory = mkdtempSync('/tmp/ssd-bench-');
  const control = join(directory, 'control');
  const conductor = await createConductor(join(directory, 'conductor'));
  const options = ['--port=127.0.0.1:0', '--ready=fd', `--control=${control}`];
  const ssd = spawn(process.execPath, [SSD, ...options, '--', ...SERVER], {
    stdio: 'ignore',
    env: {...process.env, SSD_TEST_CONDUCTOR: conductor.path},
  });
  await markReady(await conductor.nextWorker());
  const world = {control, conductor};
  report('request to spawn', await measure(() => requestToSpawn(world)), 'goal: under 5 ms');
  const node = await measure(emptyNode);
  report('node -e 0', node, '');
  const goal = `goal: under ${(median(node) + 30).toFixed(1)} ms, 30 more than node -e 0`;
  report('readiness byte to the end of ssctl', await measure(() => byteToExit(world)), goal);
  ssd.kill('SIGTERM');
  await once(ssd, 'exit');
  conductor.close();
  rmSync(directory, {recursive: true});
}

type World = {readonly control: string; readonly conductor: Conductor};

async function requestToSpawn({control, conductor}: World): Promise<number> {
  const client = rawClient(control);
  await client.next();
  const startedAt = performance.now();
  client.say(request(1, 'restart'));
  let message = await client.next();
  while (eventOf(message) !== 'spawned') message = await client.next();
  const tookMs = performance.now() - startedAt;
  await markReady(await conductor.nextWorker());
  while (message.id !== 1) message = await client.next();
  client.socket.destroy();
  return tookMs;
}

async function byteToExit({control, conductor}: World): Promise<number> {
  const ssctl = spawn(process.execPath, [SSCTL, '-s', control, 'restart'], {stdio: 'ignore'});
  const exited = once(ssctl, 'exit');
  const worker = await conductor.nextWorker();
  const startedAt = performance.now();
  void markReady(worker);
  const [code] = await exited;
  if (code !== 0) throw new Error(`ssctl restart ended with ${code}`);
  return performance.now() - startedAt;
}

async function emptyNode(): Promise<number> {
  const startedAt = performance.now();
  await once(spawn(process.execPath, ['-e', '0'], {stdio: 'ignore'}), 'exit');
  return performance.now() - startedAt;
}

function markReady(worker: Worker): Promise<void> {
  return worker.write(READY_FD, '\n');
}

function eventOf({params}: {readonly params?: Record<string, unknown>}): unknown {
  return (params?.event as {type?: string} | undefined)?.type;
}

async function measure(round: () => Promise<number>): Promise<number[]> {
  const figures: number[] = [];
  while (figures.length < ROUNDS) figures.push(await round());
  return figures;
}

function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;
}

function report(what: string, figures: readonly number[], goal: string): void {
  const most = Math.max(...figures);
  const line = `${what.padEnd(36)} median ${median(figures).toFixed(1)} ms, most ${most.toFixed(1)} ms of ${ROUNDS}`;
  process.stdout.write(goal === '' ? `${line}\n` : `${line}; ${goal}\n`);
}

await main();
