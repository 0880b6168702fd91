/**
 * Keeps the state file. It is written when ssd has done all that follows from one input, and however much has changed, once: a
 * worker that was started just before a death has to be found without it (`missed.ts`). It is not flushed to the disk: it means nothing after the machine has gone down.
 */
import {type Here, lives, markOf} from '../../shared/state/read-state.js';
import {
  ENDED,
  type OnDeath,
  STATE_VERSION,
  type State,
  type StateGeneration,
  type StateWorker,
} from '../../shared/state/state.js';
import type {RemainingGeneration, Remains} from '../core/adoption/leave.js';
import type {ReplacedFile} from '../files/replaced-file.js';
import type {HandedOver} from '../handover/handed-over.js';
import type {Problems} from '../problems/problems.js';
import type {Listener} from '../sockets/listener.js';
import {keyOf, type WorkerAddress} from '../workers/worker-address.js';
import {inodeOf} from './take-listeners.js';
import {uptimeTicks} from './uptime.js';

/** What is known of each worker besides the model. A contract: later versions read it. */
export type KnownWorker = WorkerAddress & Pick<StateWorker, 'startedAt' | 'onDeath' | 'hasGroup' | 'uid'>;
export type StateKeeperState = {
  /** As in the state file. */
  readonly since: string;
  readonly workers: readonly KnownWorker[];
};

export type StateKeeper = {
  /** Something may have changed: write soon. */
  readonly touch: () => void;
  readonly handOver: () => HandedOver<StateKeeperState>;
  /** Stops writing, and removes the file if it was written, unless workers live that ssd could not end. */
  readonly dispose: () => void;
};

export type StateContext = {
  readonly path: string;
  readonly file: Pick<ReplacedFile, 'replace' | 'remove'>;
  readonly problems: Pick<Problems, 'raise' | 'solve'>;
  readonly remains: () => Remains;
  readonly listeners: readonly Listener[];
  /** How many workers the options ask for. */
  readonly asked: number;
  /** What tells a worker to finish when ssd stops. */
  readonly stopSignal: string;
  readonly service: string;
  readonly onDeath: OnDeath;
  /** The user of new workers. */
  readonly uid: number;
  /** As in the state file of a dead ssd; null: the listeners are this one's. */
  readonly since: string | null;
  readonly killGroup: boolean;
  /** The workers that this image of ssd has not started. */
  readonly known: readonly KnownWorker[];
  readonly ssd: string;
  readonly where: Here;
};

export function keepState(context: StateContext): StateKeeper {
  const {path, file, problems, remains} = context;
  const {render, handOver} = createRenderer(context);
  let written = '';
  let failed = false;
  let isDue = false;
  let over = false;
  const put = (state: Omit<State, 'writtenAt'>) =>
    file.replace(`${JSON.stringify({...state, writtenAt: uptimeTicks()})}\n`);
  const write = () => {
    isDue = false;
    if (over) return;
    const state = render(remains());
    const text = JSON.stringify(state);
    if (text === written && !failed) return;
    const cause = put(state);
    failed = cause !== null;
    if (cause === null) problems.solve('state-file', path);
    else problems.raise({code: 'state-file', subject: path, cause});
    if (cause === null) written = text;
  };
  return {
    touch: () => {
      if (!isDue) queueMicrotask(write);
      isDue = true;
    },
    handOver,
    dispose: () => {
      over = true;
      const state = render(remains());
      const generations = state.generations.flatMap(livingIn);
      if (generations.length === 0) file.remove();
      else put({...state, writer: {...state.writer, startedAt: ENDED}, generations});
    },
  };
}

/** What of a generation outlives ssd: workers that it may not signal, or all of them where ssd fails. */
function livingIn({workers, ...generation}: StateGeneration): readonly StateGeneration[] {
  const living = workers.filter(lives);
  return living.length === 0 ? [] : [{...generation, workers: living}];
}

type Renderer = Pick<StateKeeper, 'handOver'> & {
  readonly render: (remains: Remains) => Omit<State, 'writtenAt'>;
};

function createRenderer({
  listeners,
  asked,
  stopSignal,
  service,
  onDeath,
  uid,
  killGroup,
  known,
  since: before,
  ssd,
  where,
}: StateContext): Renderer {
  const workers = rememberWorkers(known, {onDeath, hasGroup: killGroup, uid});
  const writer = markOf(process.pid) ?? {pid: process.pid, startedAt: '0'};
  const since = before ?? writer.startedAt;
  return {
    handOver: () => ({state: {since, workers: workers.known()}, fds: []}),
    render: ({last, workers: wanted, good, former, generations}) => ({
      version: STATE_VERSION,
      ssd,
      ...where,
      writer,
      killGroup,
      since,
      last,
      workers: {wanted, asked},
      stopSignal,
      service,
      good,
      former,
      generations: workers.marked(generations),
      // What was passed to ssd is passed to the next one too.
      listeners: listeners.flatMap(({name, type, address, fd, own, identity, passed}) => {
        // A path that was removed is bound anew, which is another socket.
        const inode = inodeOf(own);
        const path = identity && `${identity.dev}-${identity.ino}`;
        return passed !== null || inode === null ? [] : [{name, type, address, fd, inode, file: path}];
      }),
    }),
  };
}

/** What is known of each worker, found out once. One that has ended meanwhile is left out. */
function rememberWorkers(
  before: readonly KnownWorker[],
  own: Pick<StateWorker, 'onDeath' | 'hasGroup' | 'uid'>,
) {
  let known: ReadonlyMap<string, KnownWorker> = new Map(before.map(one => [keyOf(one), one]));
  const find = (address: WorkerAddress, pid: number): KnownWorker | null => {
    const found = known.get(keyOf(address));
    if (found) return found;
    const mark = markOf(pid);
    return mark && {...address, startedAt: mark.startedAt, ...own};
  };
  return {
    known: () => [...known.values()],
    marked: (generations: readonly RemainingGeneration[]): readonly StateGeneration[] => {
      const living = new Map<string, KnownWorker>();
      const marked = generations.map(({number: generation, phase, release, workers}) => ({
        generation,
        phase,
        release,
        workers: workers.flatMap(({id, ...worker}): StateWorker[] => {
          const one = find({generation, worker: id}, worker.pid);
          if (!one) return [];
          living.set(keyOf(one), one);
          const {startedAt, onDeath, hasGroup, uid} = one;
          return [{id, startedAt, ...worker, onDeath, hasGroup, uid}];
        }),
      }));
      known = living;
      return marked;
    },
  };
}
