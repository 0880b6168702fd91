/**
 * The scene of every fault: an ssd whose workers are ready at once, and a steady stream of clients. The clients must
 * notice nothing. After the fault the next `ssctl restart` must work.
 */
import {chmodSync, copyFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import type {ExecutionContext} from 'ava';
import {status} from '../helpers/clients/control.js';
import {startTraffic, type Traffic} from '../helpers/clients/traffic.js';
import {boundPort, createRig, type Rig, type Running, type StartOptions} from '../helpers/rig.js';

const WORKER = fileURLToPath(new URL('../../../test/faults/worker.pl', import.meta.url));

export type Scene = {
  readonly rig: Rig;
  readonly ssd: Running;
  readonly port: number;
  readonly traffic: Traffic;
  /** The file that is run as the worker; it may be replaced. */
  readonly program: string;
  /** How workers that are started from now on misbehave. */
  readonly behave: (behaviour: '' | 'stop-before-ready' | 'never-end') => void;
};

/** @param args options of ssd; the port, `--ready=fd` and the control socket are given */
export async function stage(
  t: ExecutionContext,
  args: readonly string[] = [],
  options: StartOptions = {},
): Promise<Scene> {
  const rig = await createRig(t);
  return stageIn(t, rig, {args, options});
}

/** The same in a directory that has been prepared. */
export async function stageIn(
  t: ExecutionContext,
  rig: Rig,
  {args = [], options = {}}: {readonly args?: readonly string[]; readonly options?: StartOptions} = {},
): Promise<Scene> {
  const program = rig.path('server');
  installWorker(program);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd', ...args], [program], options);
  const logsElsewhere = args.some(arg => arg.startsWith('--log-file='));
  const port = logsElsewhere ? await askPort(rig) : await readPort(ssd);
  const traffic = startLightTraffic(port);
  t.teardown(() => void traffic.stop().catch(() => {}));
  await traffic.answeredBy(1, 5);
  return {
    rig,
    ssd,
    port,
    traffic,
    program,
    behave: behaviour => writeFileSync(rig.path('behave'), behaviour),
  };
}

async function readPort(ssd: Running): Promise<number> {
  const port = await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  return port;
}

async function askPort(rig: Rig): Promise<number> {
  await rig.ssctl(['wait', 'ready']);
  const {listeners} = (await status(rig)) as {listeners?: readonly {readonly address: string}[]};
  return Number(listeners?.[0]?.address.split(':').at(-1));
}

/** Some 200 requests a second: enough that one is always under way, and the machine is free for the rest. */
export const startLightTraffic = (port: number): Traffic => startTraffic(port, {thinkingMs: 20});

/** Puts the worker there as a whole: it is never seen half-written. */
export function installWorker(path: string): void {
  copyFileSync(WORKER, path);
  chmodSync(path, 0o755);
}

/** What must hold after every fault. */
export async function recovers(t: ExecutionContext, {rig, traffic}: Scene): Promise<void> {
  const next = await rig.ssctl(['restart']);
  t.is(next.code, 0, next.stderr);
  const {current} = await status(rig);
  await traffic.answeredBy(Number(current), 5);
  const report = await traffic.stop();
  t.is(report.failed, 0, report.problems.join('\n'));
}
