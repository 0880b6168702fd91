/**
 * `--restart` and `--stop`, which start_server does with the pid file and a signal. Only the process that holds the
 * lock of the pid file is signalled. A restart uses the control socket if the running ssd has one, because only the
 * socket tells whether the restart failed. Otherwise it uses SIGHUP, and the status file shows when the restart has
 * ended.
 */
import {readFileSync} from 'node:fs';
import {constants} from 'node:os';
import {connect} from '../../shared/client/client.js';
import {listSockets} from '../../shared/client/instances.js';
import {until} from '../../shared/client/patience.js';
import {readyOrThrow, requestRestart, timedOut} from '../../shared/client/requests.js';
import {type Env, ownUid} from '../../shared/instance-paths.js';
import {hasEnded} from '../../shared/process-stat.js';
import {type TraceContext, traceContextIn} from '../../shared/protocol/trace/context.js';
import {causeOf, Refusal} from '../../shared/words/errors.js';
import type {StatusLine} from '../core/types.js';
import {findHolder, type Holder, isHeldBy, releaseHolder, signalHolder} from '../files/pid-holder.js';
import {unusable} from '../files/usable-file.js';
import {listenerAt} from '../sockets/unix-socket.js';

export type ManageOptions = {
  readonly pidFile: string;
  readonly statusFile: string | null;
  /** The control socket of the running ssd, if it is not in a default place. */
  readonly control: string | null;
  readonly timeoutMs: number | null;
};

/** The generation that serves after a restart. */
export type Restarted = {readonly generation: number};

/**
 * Restarts the ssd that holds the pid file, and waits until that restart has ended. A restart through the control
 * socket makes one attempt. After a SIGHUP the running ssd tries without end.
 *
 * @throws {Refusal} `not-running`, `usage`, `restart-failed`, `restart-cancelled`, `timed-out`, `gone-before-done`
 */
export async function restartByPidFile(options: ManageOptions, env: Env): Promise<Restarted> {
  return withHolder(options.pidFile, holder => {
    const path = options.control ?? controlOf(holder.pid, env);
    return path === null
      ? restartBySignal(holder, options)
      : restartByRequest(holder, path, {...options, trace: traceContextIn(env)});
  });
}

/**
 * Stops the ssd that holds the pid file, and waits until it is gone.
 *
 * @throws {Refusal} `not-running`, `timed-out`, `signal-failed`, `holder-unknown`, `holder-elsewhere`
 */
export async function stopByPidFile({pidFile, timeoutMs}: ManageOptions): Promise<void> {
  await withHolder(pidFile, async holder => {
    signal(pidFile, holder, constants.signals.SIGTERM);
    await until(() => hasEnded(holder.pid, holder.startedAt), timeoutMs, timedOut('stop', timeoutMs));
  });
}

async function restartByRequest(
  holder: Holder,
  path: string,
  {timeoutMs, trace}: Pick<ManageOptions, 'timeoutMs'> & {readonly trace: TraceContext | null},
): Promise<Restarted> {
  const client = await connect(path);
  try {
    if (client.hello.pid !== holder.pid) {
      const problem = `it belongs to pid ${client.hello.pid}, but pid ${holder.pid} holds the pid file`;
      throw new Refusal({code: 'protocol-unknown', path, problem});
    }
    const verdict = await requestRestart(client, {attempts: 1, timeoutMs, ...trace});
    const ready = readyOrThrow(verdict);
    return {generation: ready.verdict === 'superseded' ? ready.by : ready.generation};
  } finally {
    client.close();
  }
}

async function restartBySignal(holder: Holder, options: ManageOptions): Promise<Restarted> {
  const {pidFile, statusFile, timeoutMs} = options;
  if (statusFile === null) {
    throw new Refusal({
      code: 'usage',
      problem: `ssd (pid ${holder.pid}) has no control socket in a default place: give --control or --status-file`,
    });
  }
  // A generation that is starting is not in the file yet. Its worker is known, and tells it from the new generation.
  const newestBefore = Math.max(0, ...linesOf(statusFile).map(line => line.generation));
  const workersBefore = new Set(childrenOf(holder.pid));
  signal(pidFile, holder, constants.signals.SIGHUP);
  let generation = 0;
  const isDone = () => {
    if (!isHeldBy(pidFile, holder)) {
      throw new Refusal({code: 'gone-before-done', verb: 'restart', pid: holder.pid});
    }
    const lines = linesOf(statusFile);
    generation = lines[0]?.generation ?? 0;
    const isAlone = lines.every(line => line.generation === generation && !workersBefore.has(line.pid));
    return isAlone && generation > newestBefore;
  };
  await until(isDone, timeoutMs, timedOut('restart', timeoutMs));
  return {generation};
}

async function withHolder<T>(pidFile: string, act: (holder: Holder) => Promise<T>): Promise<T> {
  const holder = findHolder(pidFile);
  if (!holder) throw new Refusal({code: 'not-running', pidFile});
  try {
    return await act(holder);
  } finally {
    releaseHolder(holder);
  }
}

function signal(pidFile: string, holder: Holder, number: number): void {
  try {
    signalHolder(pidFile, holder, number);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal({code: 'signal-failed', pid: holder.pid, cause: causeOf(error)});
  }
}

/** The control socket in a default place on which this process listens. */
function controlOf(pid: number, env: Env): string | null {
  const found = listSockets(env, ownUid()).find(({path}) => {
    const listener = listenerAt(path);
    return 'pid' in listener && listener.pid === pid;
  });
  return found?.path ?? null;
}

function linesOf(statusFile: string): StatusLine[] {
  try {
    const lines = readFileSync(statusFile, 'utf8').matchAll(/^(\d+):(\d+)$/gm);
    return [...lines].map(([, generation, pid]) => ({generation: Number(generation), pid: Number(pid)}));
  } catch (error) {
    // The file is not written yet, because the first generation is not ready.
    if (causeOf(error) === 'ENOENT') return [];
    throw unusable('status file', statusFile, error);
  }
}

/** The pids of the children of a process (proc(5)). */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  } catch {
    // The kernel has no such file. Only the generation numbers are compared.
    return [];
  }
}
