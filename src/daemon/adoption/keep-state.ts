/**
 * Keeps the state file. It is written when ssd has done all that follows from one input, and however much has changed, once: a
 * worker that was started just before a death has to be found without it (`missed.ts`). It is not flushed to the disk: it means nothing after the machine has gone down.
 */
import {type Here, markOf} from '../../shared/state/read-state.js';
import {
  type OnDeath,
  STATE_VERSION,
  type State,
  type StateGeneration,
  type StateWorker,
} from '../../shared/state/state.js';
import type {RemainingGeneration, Remains} from '../core/adoption/leave.js';
import type {ReplacedFile} from '../files/replaced-file.js';
import type {Problems} from '../problems/problems.js';
import type {Listener} from '../sockets/listener.js';
import {keyOf} from '../workers/worker-address.js';
import type {Orphan} from './orphans.js';
import {inodeOf} from './take-listeners.js';
import {uptimeTicks} from './uptime.js';

export type StateKeeper = {
  /** Something may have changed: write soon. */
  readonly touch: () => void;
  /** Stops writing, and removes the file if it was written. */
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
  readonly onDeath: OnDeath;
  /** As in the state file of a dead ssd; null: the listeners are this one's. */
  readonly since: string | null;
  readonly killGroup: boolean;
  /** The workers that are no children of this ssd: its death does nothing to them. */
  readonly adopted: readonly Orphan[];
  readonly ssd: string;
  readonly where: Here;
};

export function keepState(context: StateContext): StateKeeper {
  const {path, file, problems, remains} = context;
  const render = createRenderer(context);
  let written = '';
  let failed = false;
  let isDue = false;
  let over = false;
  const write = () => {
    isDue = false;
    if (over) return;
    const state = render(remains());
    const text = JSON.stringify(state);
    if (text === written && !failed) return;
    const cause = file.replace(`${JSON.stringify({...state, writtenAt: uptimeTicks()})}\n`);
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
    dispose: () => {
      over = true;
      file.remove();
    },
  };
}

function createRenderer({
  listeners,
  asked,
  stopSignal,
  onDeath,
  killGroup,
  adopted,
  since,
  ssd,
  where,
}: StateContext): (remains: Remains) => Omit<State, 'writtenAt'> {
  const taken = new Map(adopted.map(one => [keyOf({...one, worker: one.id}), one.hasGroup]));
  const fateOf = (key: string) => {
    const hasGroup = taken.get(key);
    return hasGroup === undefined ? {onDeath, hasGroup: killGroup} : {onDeath: 'keep' as const, hasGroup};
  };
  const marked = rememberStarts(fateOf);
  const writer = markOf(process.pid) ?? {pid: process.pid, startedAt: '0'};
  return ({last, workers: wanted, good, former, generations}) => {
    return {
      version: STATE_VERSION,
      ssd,
      ...where,
      writer,
      since: since ?? writer.startedAt,
      last,
      workers: {wanted, asked},
      stopSignal,
      good,
      former,
      generations: marked(generations),
      // What was passed to ssd is passed to the next one too.
      listeners: listeners.flatMap(({name, type, address, fd, own, identity, passed}) => {
        // A path that was removed is bound anew, which is another socket.
        const inode = inodeOf(own);
        const path = identity && `${identity.dev}-${identity.ino}`;
        return passed !== null || inode === null ? [] : [{name, type, address, fd, inode, file: path}];
      }),
    };
  };
}

/** The start time of each worker, read once. One that has ended meanwhile is left out. */
function rememberStarts(fateOf: (key: string) => Pick<StateWorker, 'onDeath' | 'hasGroup'>) {
  let known: ReadonlyMap<string, string> = new Map();
  return (generations: readonly RemainingGeneration[]): readonly StateGeneration[] => {
    const starts = new Map<string, string>();
    const marked = generations.map(({number: generation, phase, release, workers}) => ({
      generation,
      phase,
      release,
      workers: workers.flatMap(({id, ...worker}): StateWorker[] => {
        const key = keyOf({generation, worker: id});
        const startedAt = known.get(key) ?? markOf(worker.pid)?.startedAt;
        if (startedAt === undefined) return [];
        starts.set(key, startedAt);
        return [{id, startedAt, ...worker, ...fateOf(key)}];
      }),
    }));
    known = starts;
    return marked;
  };
}
