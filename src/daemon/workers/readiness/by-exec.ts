/**
 * `--ready=exec=COMMAND`: ssd runs a shell command for every worker, again and again, until it exits with 0. The
 * command has the user and the limits of the worker. It leads its own process group, which ssd kills when the worker ends or
 * is told to finish.
 */
import type {Ending} from '../../../shared/protocol/event.js';
import {startShell} from '../privileges/start-shell.js';
import {keyOf, type WorkerAddress} from '../worker-address.js';
import type {ReadinessContext, RevivableWatch} from './readiness.js';

/** The pause between the end of a failed command and the next run. */
export const PROBE_PAUSE_MS = 100;

type Probe = {
  readonly address: WorkerAddress;
  readonly directory: string | null;
  readonly env: Readonly<Record<string, string>>;
  /** The command that runs. */
  pid: number | null;
  /** The command has exited with 0: it is not run again. */
  isAnswered: boolean;
  timer: NodeJS.Timeout | undefined;
};

/** A contract with later versions of ssd: names stay, and what is added may be missing. */
export type ExecState = {
  readonly workers: readonly (WorkerAddress & Pick<Probe, 'directory' | 'env' | 'pid' | 'isAnswered'>)[];
};

/**
 * @param command a command line for /bin/sh; it finds the pid of the worker in SSD_WORKER_PID
 * @param revived what a former image of ssd has handed over. A command that runs goes on, and its answer counts.
 */
export function createExecReadiness(
  command: string,
  context: ReadinessContext,
  revived: ExecState | null = null,
): RevivableWatch<ExecState> {
  const probes = new Map<string, Probe>();
  const asked = (probe: Probe): Run => {
    const key = keyOf(probe.address);
    probes.set(key, probe);
    return {command, probe, isWanted: () => probes.get(key) === probe};
  };
  const stop = (address: WorkerAddress) => {
    const probe = probes.get(keyOf(address));
    probes.delete(keyOf(address));
    clearTimeout(probe?.timer);
    if (probe && probe.pid !== null) context.children.kill(probe.pid);
  };
  for (const state of revived?.workers ?? []) resume(context, asked(probeFrom(state)));
  return {
    prepare: (address, env, directory) => ({
      env: {},
      descriptors: [],
      onSpawned: pid => {
        if (pid === null) return;
        const own = {...env, SSD_WORKER_PID: String(pid)};
        const idle = {pid: null, isAnswered: false, timer: undefined};
        run(context, asked({address, directory, env: own, ...idle}));
      },
    }),
    end: stop,
    // The answer of a command is its exit status, which `Children.collect` collects.
    collect: () => {},
    stopAsking: stop,
    handOver: () => {
      const workers = [...probes.values()].map(({address, timer, ...probe}) => ({...probe, ...address}));
      return {state: {workers}, fds: []};
    },
    dispose: () => {
      for (const {address} of probes.values()) stop(address);
    },
  };
}

type Run = {
  readonly command: string;
  readonly probe: Probe;
  readonly isWanted: () => boolean;
};

function probeFrom({generation, worker, ...state}: ExecState['workers'][number]): Probe {
  const {directory, env, pid, isAnswered} = state;
  return {address: {generation, worker}, directory, env, pid, isAnswered, timer: undefined};
}

function resume(context: ReadinessContext, asked: Run): void {
  const {pid, isAnswered} = asked.probe;
  if (pid !== null) context.children.takeBack(pid, {onExit: ending => onExit(context, asked, ending)});
  else if (!isAnswered) again(context, asked);
}

function again(context: ReadinessContext, asked: Run): void {
  asked.probe.timer = setTimeout(() => run(context, asked), PROBE_PAUSE_MS);
}

function onExit(context: ReadinessContext, asked: Run, ending: Ending): void {
  const {probe, isWanted} = asked;
  probe.pid = null;
  if (!isWanted()) return;
  probe.isAnswered = ending.type === 'exited' && ending.code === 0;
  if (probe.isAnswered) context.submit({type: 'ready', now: context.now(), ...probe.address});
  else again(context, asked);
}

function run(context: ReadinessContext, asked: Run): void {
  const {command, probe} = asked;
  const {problems} = context;
  const {env, directory} = probe;
  const started = startShell(context, {
    command,
    env,
    directory,
    descriptors: [
      [0, 0],
      [1, 1],
      [2, 2],
    ],
    onExit: ending => onExit(context, asked, ending),
  });
  if ('pid' in started) {
    probe.pid = started.pid;
    problems.solve('ready-command', command);
    return;
  }
  problems.raise({code: 'ready-command', subject: command, cause: started.cause});
  again(context, asked);
}
