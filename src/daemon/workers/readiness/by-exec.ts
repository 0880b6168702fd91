/**
 * `--ready=exec=COMMAND`: ssd runs a shell command for every worker, again and again, until it exits with 0. The
 * command has the user and the limits of the worker. It leads its own process group, which ssd kills when the worker ends or
 * is told to finish.
 */
import {startShell} from '../privileges/start-shell.js';
import {keyOf, type WorkerAddress} from '../worker-address.js';
import type {ReadinessContext, ReadinessWatch} from './readiness.js';

/** The pause between the end of a failed command and the next run. */
export const PROBE_PAUSE_MS = 100;

type Probe = {readonly address: WorkerAddress; pid: number | null; timer: NodeJS.Timeout | undefined};

/** @param command a command line for /bin/sh; it finds the pid of the worker in SSD_WORKER_PID */
export function createExecReadiness(command: string, context: ReadinessContext): ReadinessWatch {
  const probes = new Map<string, Probe>();
  const stop = (address: WorkerAddress) => {
    const probe = probes.get(keyOf(address));
    probes.delete(keyOf(address));
    clearTimeout(probe?.timer);
    if (probe && probe.pid !== null) context.children.kill(probe.pid);
  };
  return {
    prepare: (address, env, directory) => ({
      env: {},
      descriptors: [],
      onSpawned: pid => {
        if (pid === null) return;
        const probe: Probe = {address, pid: null, timer: undefined};
        probes.set(keyOf(address), probe);
        const isWanted = () => probes.get(keyOf(address)) === probe;
        const own = {...env, SSD_WORKER_PID: String(pid)};
        run(context, {command, probe, isWanted, directory, env: own});
      },
    }),
    end: stop,
    // The answer of a command is its exit status, which `Children.collect` collects.
    collect: () => {},
    stopAsking: stop,
    dispose: () => {
      for (const {address} of probes.values()) stop(address);
    },
  };
}

type Run = {
  readonly command: string;
  readonly probe: Probe;
  readonly isWanted: () => boolean;
  readonly directory: string | null;
  readonly env: Readonly<Record<string, string>>;
};

function run(context: ReadinessContext, asked: Run): void {
  const {command, probe, isWanted, directory, env} = asked;
  const {now, submit, problems} = context;
  const again = () => {
    probe.timer = setTimeout(() => run(context, asked), PROBE_PAUSE_MS);
  };
  const started = startShell(context, {
    command,
    env,
    directory,
    descriptors: [
      [0, 0],
      [1, 1],
      [2, 2],
    ],
    onExit: ending => {
      probe.pid = null;
      if (!isWanted()) return;
      if (ending.type === 'exited' && ending.code === 0)
        submit({type: 'ready', now: now(), ...probe.address});
      else again();
    },
  });
  if ('pid' in started) {
    probe.pid = started.pid;
    problems.solve('ready-command', command);
    return;
  }
  problems.raise({code: 'ready-command', subject: command, cause: started.cause});
  again();
}
