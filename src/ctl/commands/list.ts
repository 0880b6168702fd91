import {isAbsence, type Tried, tryAll} from '../../shared/client/find-instance.js';
import {orphansAt, warningOf} from '../../shared/client/orphans-at.js';
import {within} from '../../shared/client/patience.js';
import {instanceDirectories, ownUid} from '../../shared/instance-paths.js';
import {serves, servingGeneration} from '../../shared/protocol/serving.js';
import type {Status} from '../../shared/protocol/status.js';
import {Refusal} from '../../shared/words/errors.js';
import {describeFailure} from '../../shared/words/wording.js';
import type {Command} from '../instance/context.js';
import {type Instance, type InstanceState, renderList} from '../render/list.js';

/** How long a stuck instance may delay the list. */
const PATIENCE_MS = 2000;

export const list: Command<'list'> = async ({target, env, output, warn}) => {
  const found = await tryAll(target, {env, patienceMs: PATIENCE_MS, warn});
  const instances = (await Promise.all(found.map(one => lookAt(one, warn)))).filter(
    instance => instance !== null,
  );
  if (output.json || instances.length > 0) {
    output.result({instances}, view => renderList(instances, view));
    return;
  }
  const [uid, {name, socket}] = [ownUid(), target];
  const searched = instanceDirectories(env, uid);
  const none = describeFailure({code: 'no-instance', name, searched, root: uid === 0});
  output.progress.say(socket === null ? none : `no instance was found (looked in ${socket})`);
};

async function lookAt(
  {name, path, client, refusal}: Tried,
  warn: (problem: string) => void,
): Promise<Instance | null> {
  const unknown = {
    name,
    path,
    pid: client?.hello.pid ?? null,
    uptimeMs: null,
    current: null,
    workers: null,
    problems: null,
  };
  try {
    if (refusal) throw refusal;
    const {pid} = client.hello;
    const failure = {code: 'daemon-silent', path, seconds: PATIENCE_MS / 1000, pid} as const;
    const status = await within(client.request('status'), PATIENCE_MS, failure);
    const {instance, uptimeMs, current} = status;
    return {
      name: instance,
      path,
      state: stateOf(status),
      pid,
      uptimeMs,
      current,
      workers: countWorkers(status),
      problems: status.problems?.length ?? null,
      ...releaseOf(status),
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const {failure} = error;
    const orphans = isAbsence(error) ? orphansAt(path) : null;
    if (orphans && 'problem' in orphans) warn(warningOf(orphans));
    else if (orphans) return {...unknown, state: 'orphaned', orphans: orphans.workers.map(({pid}) => pid)};
    // The instance ended and removed its socket after the directory was read.
    if (failure.code === 'no-socket') return null;
    const pid = failure.code === 'daemon-silent' ? failure.pid : unknown.pid;
    return {...unknown, pid, state: stateBy(error)};
  } finally {
    client?.close();
  }
}

function releaseOf({current, generations}: Status): Pick<Instance, 'release'> {
  const release = generations.find(({generation}) => generation === current)?.release;
  return release === undefined ? {} : {release};
}

function stateOf(status: Status): InstanceState {
  const {wanted, current, incoming, failing, trial} = status;
  if (wanted === 'stopped') return 'stopping';
  if (status.paused) return 'paused';
  if (failing) return 'failing';
  if (servingGeneration(status) === null) return current === null ? 'starting' : 'stalled';
  if (incoming !== null) return 'restarting';
  return trial ? 'trial' : 'running';
}

function stateBy({failure}: Refusal): InstanceState {
  if (failure.code === 'stale-socket') return 'dead';
  if (failure.code === 'daemon-silent') return 'silent';
  if (failure.code === 'socket-foreign') return 'foreign';
  const isForbidden =
    (failure.code === 'connect-failed' && failure.cause === 'EACCES') ||
    (failure.code === 'request-refused' && failure.error === 'not-permitted');
  return isForbidden ? 'forbidden' : 'unknown';
}

/** The number of ready workers, and the wanted number. */
function countWorkers({current, generations, workers}: Status): Instance['workers'] {
  const serving = generations.find(({generation}) => generation === current)?.workers ?? [];
  return {ready: serving.filter(serves).length, wanted: workers};
}
