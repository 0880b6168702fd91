/** Takes over what a dead ssd has left, and leaves for the next one what it needs to do the same. */

import {packageVersion} from '../../shared/package.js';
import type {Ending} from '../../shared/protocol/event.js';
import {here} from '../../shared/state/read-state.js';
import type {Config} from '../config/config.js';
import type {Adopted, AdoptedWorker} from '../core/adoption/adopted.js';
import type {Remains} from '../core/adoption/leave.js';
import type {Input} from '../core/types.js';
import type {Border} from '../faults/border.js';
import type {ReplacedFile} from '../files/replaced-file.js';
import type {Problems} from '../problems/problems.js';
import type {Listener} from '../sockets/listener.js';
import {now} from '../system/clock.js';
import type {Undo} from '../system/undo.js';
import type {Confinement} from '../workers/privileges/confinement.js';
import type {WorkerAddress} from '../workers/worker-address.js';
import {type AdoptedState, type AdoptedWorkers, holdAdopted} from './adopted-workers.js';
import {type KnownWorker, keepState, type StateKeeper, type StateKeeperState} from './keep-state.js';
import {removeLeftPaths} from './left-paths.js';
import type {Orphan, Orphans} from './orphans.js';
import {type ServiceOptions, serviceOf} from './service.js';
import {MS_PER_TICK, uptimeMs} from './uptime.js';
import {wasTold} from './was-told.js';

export type TakeOverParts = {
  readonly config: Pick<Config, keyof ServiceOptions | 'workers' | 'settings' | 'privileges' | 'killGroup'>;
  readonly confinement: Pick<Confinement, 'uid'>;
  readonly made: {
    readonly orphans: Orphans;
    readonly listeners: readonly Listener[];
    readonly stateFile: {
      readonly path: string;
      readonly file: Pick<ReplacedFile, 'replace' | 'remove'>;
    } | null;
  };
  readonly problems: Pick<Problems, 'raise' | 'solve'>;
  readonly border: Border;
  readonly undo: Undo;
};

/** Watches the workers that were found, and adds to `undo` what ends that. */
export function watchAdopted(
  {made, border, undo}: TakeOverParts,
  submit: (input: Input) => void,
  revived: AdoptedState | null = null,
): AdoptedWorkers {
  const workers = made.orphans.workers.map(({generation, id: worker, pid, pidFd, hasGroup}) => ({
    generation,
    worker,
    pid,
    pidFd,
    hasGroup,
  }));
  const tell = (type: 'exited' | 'leader-ended') =>
    border.guard('the end of an adopted worker', (address: WorkerAddress, ending: Ending) =>
      submit({type, now: now(), ...address, ending, hint: null}),
    );
  const context = {
    onEnd: tell('exited'),
    onLeaderEnd: tell('leader-ended'),
    onFailed: (error: unknown) => border.report('the wait for adopted workers', error),
  };
  const adopted = holdAdopted(workers, context, revived);
  if (workers.length > 0) made.orphans.isHeld = true;
  undo.add(adopted.dispose);
  return adopted;
}

/** The first input of the core. From now on the listeners that were taken are those of this ssd. */
export function firstInput({made, config}: TakeOverParts): Input {
  const {state, leftOut, paths} = made.orphans;
  removeLeftPaths(paths, made.listeners);
  if (state === null && leftOut.length === 0) return {type: 'boot', now: now()};
  for (const listener of made.listeners) listener.adopted = null;
  return {type: 'adopt', now: now(), adopted: adoptedFrom(made.orphans, config), leftOut};
}

function adoptedFrom({state, workers}: Orphans, config: Pick<Config, 'workers'>): Adopted | null {
  if (state === null) return null;
  const {last, good, former} = state;
  const generations = state.generations.map(({generation: number, phase, release}) => ({
    number,
    phase,
    release,
    workers: workers.filter(({generation}) => generation === number).map(asAdopted),
  }));
  return {
    last,
    // What `ssctl scale` asked for lasts while the options ask for what they asked for then.
    workers: state.workers.asked === config.workers ? state.workers.wanted : null,
    good,
    former,
    generations: generations.filter(one => one.workers.length > 0),
  };
}

/**
 * Both times count from the start of the machine.
 *
 * One that the kernel has told to finish is told: whoever hears that twice may end at once, in the midst of a request.
 */
function asAdopted(orphan: Orphan): AdoptedWorker {
  const {id, index, pid, phase, startedAt, onDeath} = orphan;
  const ageMs = Math.max(0, Math.floor(uptimeMs() - Number(startedAt) * MS_PER_TICK));
  return {id, index, pid, phase: onDeath === 'term' && wasTold(orphan) ? 'retiring' : phase, ageMs};
}

/** Keeps the state file, if there is a control socket; it is removed when ssd has ended as it was told. */
export function openState(
  {made, config, confinement, problems, undo}: TakeOverParts,
  remains: () => Remains,
  revived: StateKeeperState | null = null,
): StateKeeper | null {
  if (!made.stateFile) return null;
  const {path, file} = made.stateFile;
  const shared = {path, file, problems, remains, listeners: made.listeners};
  const keeper = keepState({
    ...shared,
    asked: config.workers,
    stopSignal: config.settings.signalOnTerm.signal,
    service: serviceOf(config),
    onDeath: config.privileges.onDeath,
    uid: confinement.uid ?? process.geteuid?.() ?? 0,
    killGroup: config.killGroup,
    known: revived?.workers ?? made.orphans.workers.map(asKnown),
    since: revived?.since ?? made.orphans.state?.since ?? null,
    ssd: packageVersion(),
    where: here(),
  });
  undo.add(keeper.dispose);
  return keeper;
}

/** It is no child: the death of this ssd does nothing to it. */
function asKnown({generation, id: worker, startedAt, hasGroup, uid}: Orphan): KnownWorker {
  return {generation, worker, startedAt, hasGroup, onDeath: 'keep', uid};
}
