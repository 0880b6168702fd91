/** Ties the replacement of ssd to its parts. */
import {withNodeVariablesAside} from '../../shared/node-variables.js';
import {packageVersion} from '../../shared/package.js';
import type {Config} from '../config/config.js';
import type {Model} from '../core/model.js';
import {gather} from '../handover/gather.js';
import type {HandedOver} from '../handover/handed-over.js';
import {PASSING_VARIABLES} from '../sockets/inherited/passed.js';
import {type GiverParts, giversOf} from './givers.js';
import {type Began, HANDOVER_VERSION, type Handover} from './handover.js';
import {isStarting} from './is-starting.js';
import {lastingOf} from './lasting.js';
import type {Parts} from './parts.js';
import {createUpgrade, type Upgrade} from './upgrade.js';

export type UpgradeContext = GiverParts & {
  readonly config: Config;
  readonly background: boolean;
  /** The installed command of ssd, and the arguments of this one; null: this process is not only ssd. */
  readonly command: readonly [path: string, args: readonly string[]] | null;
  readonly began: Began;
  /** Takes in what has happened to workers, and what they have said. */
  readonly collect: () => void;
  readonly model: () => Model;
  readonly server: {readonly settled: () => Promise<unknown>} | null;
  readonly care: {readonly look: () => void};
  readonly leftBehind: {readonly quiet: () => Promise<void>; readonly holdsAnswers: () => boolean};
  readonly onFailed: (problem: string) => void;
  /** Resolves when this ssd has nothing left to do. */
  readonly ended: Promise<unknown>;
};

const NO_PROGRAM = 'ssd runs as a part of another program';

export function upgradeBy(context: UpgradeContext): Upgrade {
  const {config, command, made, server, leftBehind, collect, ended, onFailed} = context;
  if (!command) return async () => NO_PROGRAM;
  const [path, args] = command;
  const givers = giversOf(context);
  const over = new AbortController();
  void ended.then(() => over.abort());
  return createUpgrade({
    command: [path],
    args,
    env: environmentOf(config),
    children: made.children,
    listeners: () => made.listeners.map(({own}) => own),
    gather: token => {
      // What a worker has done to a listener is repaired by this image, which knows its address.
      context.care.look();
      return handOver(context, gather(givers), token);
    },
    collect,
    holdsAnswers: leftBehind.holdsAnswers,
    isStarting: () => isStarting(context.model()),
    settled: async () => {
      await server?.settled();
      await leftBehind.quiet();
      // The last, since a request that is not answered by then is cut off.
      await made.http?.server?.settled();
    },
    onFailed,
    over: over.signal,
  });
}

function handOver(
  {config, background, began, model}: UpgradeContext,
  {state: parts, fds}: HandedOver<Parts>,
  token: string | null,
): HandedOver<Handover<Parts>> {
  const state = {
    version: HANDOVER_VERSION,
    ssd: packageVersion(),
    lasting: lastingOf(config),
    ready: config.ready.how,
    logs: config.logFile !== null,
    background,
    began: {startedAt: began.startedAt, startTime: began.startTime.toISOString()},
    workers: config.workers,
    token,
    model: model(),
    parts,
  };
  return {state, fds};
}

/** That of this start. What was passed to it is handed over, and not passed again. */
function environmentOf({env}: Config): Readonly<Record<string, string | undefined>> {
  const given = {...env};
  for (const name of PASSING_VARIABLES) delete given[name];
  return withNodeVariablesAside(given);
}
