/**
 * The requests that the servers of the matrix lose at restarts under traffic and at stops. Each server runs under ssd,
 * with suitable readiness, and under Perl's start_server, which has none. The server itself causes a loss that occurs
 * under both.
 *
 *     npm run measure:servers -- [--restarts=20] [PART OF A NAME]
 */
import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {parseArgs} from 'node:util';
import {http1} from '../helpers/clients/exchange.js';
import {type Report, startTraffic} from '../helpers/clients/traffic.js';
import {isInstalled} from '../helpers/installed.js';
import {SSD} from '../helpers/rig.js';
import {freePort} from '../helpers/sockets.js';
import {commandLine, layServers} from '../servers/command-lines.js';
import {SERVERS, type Server} from '../servers/matrix.js';
import {median} from './stage/figures.js';

const ANSWERS = 20;

/** Each master leads a process group, and with it all that it starts. */
const groups: number[] = [];

type Master = {readonly name: string; readonly command: readonly string[]; readonly replaced: RegExp};

const ssd = (directory: string): Master => ({
  name: 'ssd',
  command: [process.execPath, SSD, `--control=${join(directory, 'control')}`],
  replaced: /restart completed/,
});
const startServer = (): Master => ({
  name: 'start_server',
  command: ['start_server', '--interval=1'],
  replaced: /old worker \d+ died/,
});
/** It takes whole seconds only, and knows no readiness. */
const isOurs = (arg: string) => /^--(interval|ready|nonblocking)=/.test(arg);

async function main(): Promise<void> {
  const {values, positionals} = parseArgs({
    options: {restarts: {type: 'string', default: '20'}},
    allowPositionals: true,
  });
  const [part = ''] = positionals;
  const restarts = Number(values.restarts);
  row(['server', 'under', 'restarts', 'answered', 'lost', 'restart', 'cut at stop', 'reset at stop']);
  const isMeant = ({name, proxies}: Server) => !proxies && name.toLowerCase().includes(part.toLowerCase());
  for (const server of SERVERS.filter(isMeant)) {
    const missing = server.needs.filter(program => !isInstalled(program));
    if (missing.length > 0) row([server.name, `not installed: ${missing.join(', ')}`]);
    else for (const under of [ssd, startServer]) await measure(server, under, restarts);
  }
}

async function measure(
  server: Server,
  under: (directory: string) => Master,
  restarts: number,
): Promise<void> {
  const directory = mkdtempSync('/tmp/ssd-matrix-');
  const port = await freePort();
  const master = under(directory);
  const child = launch(server, master, {port, directory});
  await serving(child, port, server);
  const traffic = startTraffic(port, server);
  await traffic.answeredBy(1, ANSWERS);
  const took: number[] = [];
  for (let generation = 2; generation <= restarts + 1; generation += 1) {
    const startedAt = performance.now();
    child.kill('SIGHUP');
    await line(child, master.replaced);
    took.push(performance.now() - startedAt);
    await traffic.answeredBy(generation, ANSWERS);
  }
  const restarted = traffic.report();
  child.kill('SIGTERM');
  await once(child, 'exit');
  await traffic.refused();
  const stopped = await traffic.stop();
  rmSync(directory, {recursive: true});
  row([
    ...[
      server.name,
      master.name,
      restarts,
      restarted.answered,
      lost(restarted),
      `${median(took).toFixed(0)} ms`,
    ],
    ...[stopped.cutShort - restarted.cutShort, stopped.reset - restarted.reset],
  ]);
}

type Place = {readonly port: number; readonly directory: string};

function launch({name, env}: Server, master: Master, {port, directory}: Place): ChildProcess {
  const cwd = layServers(directory, {port});
  const {first, options, program} = commandLine(name, {port});
  const [prepare = '', ...prepareArgs] = first;
  if (prepare) spawnSync(prepare, prepareArgs, {cwd, stdio: 'inherit'});
  const [superdaemon = '', ...args] = master.command;
  const own = options.filter(arg => superdaemon !== 'start_server' || !isOurs(arg)).map(placed);
  const child = spawn(superdaemon, [...args, ...own, '--', ...program], {
    cwd,
    detached: true,
    env: {...process.env, ...env},
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (child.pid !== undefined) groups.push(child.pid);
  child.stderr?.resume();
  return child;
}

/** At descriptor 3, where start_server puts it only if it is told to. */
function placed(option: string): string {
  return option.startsWith('--port=') && !/=\d+$/.test(option.slice('--port='.length))
    ? `${option}=3`
    : option;
}

/** Asks until the first generation answers: nobody listens before. */
async function serving(child: ChildProcess, port: number, {open = http1}: Server): Promise<void> {
  const client = open(port);
  while ((await client.exchange('/')).outcome !== 'answered') {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  client.close();
}

/** Resolves when the next line that matches has come. */
async function line({stderr}: ChildProcess, pattern: RegExp): Promise<void> {
  if (!stderr) return;
  const lines = createInterface({input: stderr});
  await new Promise<void>(resolve => lines.on('line', text => pattern.test(text) && resolve()));
  lines.close();
  stderr.resume();
}

function lost({failed, refused, reset, cutShort}: Report): string {
  return failed === 0 ? '0' : `${failed} (${refused} refused, ${reset} reset, ${cutShort} cut short)`;
}

function row(cells: readonly (string | number)[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/** What a failed measurement may have left behind. */
process.on('exit', () => {
  for (const group of groups) {
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
});

await main();
