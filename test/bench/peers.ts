/** The compared superdaemons. Each runs as its manual says, and all run the same web server. */
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {isInstalled} from '../helpers/installed.js';
import {SSCTL, SSD} from '../helpers/rig.js';

export type Place = {readonly port: number; readonly directory: string};

export type Peer = {
  readonly name: string;
  /** Why it cannot be compared here. */
  readonly missing?: string;
  /** Starts it. Resolves when the order is given; the clients see whether it serves. */
  readonly start: (place: Place) => Promise<Running>;
};

export type Running = {
  /** Resolves when a person who deploys would think that it is done. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

const WEB = fileURLToPath(new URL('./stage/web.js', import.meta.url));
export const WEB_COMMAND: readonly string[] = [process.execPath, WEB];
export const PEER_MODULES = fileURLToPath(new URL('../../../test/bench/peers/node_modules', import.meta.url));
const PM2 = join(PEER_MODULES, 'pm2/bin/pm2');

const ssd: Peer = {
  name: 'ssd --ready=fd',
  start: async ({port, directory}) => {
    const control = join(directory, 'control');
    const args = [`--control=${control}`, `--port=127.0.0.1:${port}`, '--ready=fd'];
    const child = launch([process.execPath, SSD, ...args, '--', ...WEB_COMMAND]);
    return {
      restart: () => run([process.execPath, SSCTL, '-s', control, 'restart']),
      stop: () => end(child),
    };
  },
};

const startServer: Peer = {
  name: 'start_server --interval=1',
  ...(isInstalled('start_server') ? {} : {missing: 'start_server is not installed (libserver-starter-perl)'}),
  start: async ({port, directory}) => {
    const files = [`--pid-file=${join(directory, 'pid')}`, `--status-file=${join(directory, 'status')}`];
    const args = [`--port=127.0.0.1:${port}`, '--interval=1', ...files];
    const child = launch(['start_server', ...args, '--', ...WEB_COMMAND]);
    return {restart: () => run(['start_server', '--restart', ...files]), stop: () => end(child)};
  },
};

/** One instance in cluster mode, which is what `pm2 reload` can replace without a gap. */
const pm2: Peer = {
  name: 'pm2 reload',
  ...(existsSync(PM2) ? {} : {missing: 'pm2 could not be installed from npm'}),
  start: async ({port, directory}) => {
    const env = {PM2_HOME: join(directory, 'pm2'), PORT: String(port)};
    const order = (...args: string[]) => run([process.execPath, PM2, ...args], env);
    await order('start', WEB, '--instances=1', '--name=web', '--wait-ready');
    return {restart: () => order('reload', 'web'), stop: () => order('kill')};
  },
};

const stopStart: Peer = {
  name: 'stop, then start',
  start: async ({port}) => {
    const begin = () => launch(WEB_COMMAND, {PORT: String(port), SSD_READY_FD: '1'}, 'pipe');
    let child = begin();
    return {
      restart: async () => {
        await end(child);
        child = begin();
        if (child.stdout) await once(child.stdout, 'data');
      },
      stop: () => end(child),
    };
  },
};

export const PEERS: readonly Peer[] = [ssd, startServer, pm2, stopStart];

function launch(command: readonly string[], env = {}, stdout: 'ignore' | 'pipe' = 'ignore'): ChildProcess {
  const [program = '', ...args] = command;
  return spawn(program, args, {stdio: ['ignore', stdout, 'ignore'], env: {...process.env, ...env}});
}

async function run(command: readonly string[], env = {}): Promise<void> {
  const [code] = await once(launch(command, env), 'exit');
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}`);
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
