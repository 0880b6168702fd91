/**
 * `--ready=exec=COMMAND`: ssd runs a shell command for every worker, again and again, until it exits with 0. The
 * command has the user and the limits of the worker. It leads its own process group, which ssd kills when the worker ends or
 * is told to finish.
 */
import type {ChildOrder} from '../children.js';
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
    prepare: (address, env) => ({
      env: {},
      descriptors: [],
      onSpawned: pid => {
        if (pid === null) return;
        const probe: Probe = {address, pid: null, timer: undefined};
        probes.set(keyOf(address), probe);
        const isWanted = () => probes.get(keyOf(address)) === probe;
        run(context, {command, probe, isWanted, env: {...env, SSD_WORKER_PID: String(pid)}});
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
  readonly env: Readonly<Record<string, string>>;
};

function run(context: ReadinessContext, asked: Run): void {
  const {command, probe, isWanted, env} = asked;
  const {children, confinement, directory, now, submit, problems} = context;
  const again = () => {
    probe.timer = setTimeout(() => run(context, asked), PROBE_PAUSE_MS);
  };
  const order: ChildOrder = {
    ...confinement.command({path: '/bin/sh', argv: ['/bin/sh', '-c', command], env}),
    directory,
    leadsGroup: true,
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
  };
  const started = confinement.handDown(() => children.spawn(order));
  if ('pid' in started) {
    probe.pid = started.pid;
    problems.solve('ready-command', command);
    return;
  }
  problems.raise({code: 'ready-command', subject: command, cause: started.cause});
  again();
}
