/**
 * The list of all resources. A start makes them in this order and undoes them in the opposite order. `--check` checks
 * them in the same order as a start.
 */

import {packageVersion} from '../../shared/package.js';
import {statePath} from '../../shared/state/state.js';
import {explain} from '../../shared/words/errno.js';
import {causeOf, invalidOption} from '../../shared/words/errors.js';
import {pidsOf} from '../../shared/words/wording.js';
import {closeOrphans, NO_ORPHANS, type Orphans} from '../adoption/orphans.js';
import type {Config} from '../config/config.js';
import {controlPath} from '../sockets/control-place.js';
import {setSubreaper} from '../system/posix-process.js';
import {type Children, watchChildren} from '../workers/children.js';
import {logTarget, metricsFile, pidFile, statusFile} from './files.js';
import {http} from './http.js';
import {
  demandNoneLeft,
  findLeft,
  lookForLeft,
  pidsOfOther,
  prepareStateFile,
  type StateFile,
} from './orphans.js';
import type {CheckContext, MakeContext, Resource, StartOptions} from './resource.js';
import {control, listeners} from './sockets.js';

/** Who has these is the one ssd of this name. Only then may it take over what a dead one has left. */
const IDENTITY = {pidFile, control};
const RESOURCES = {listeners, http, statusFile, metricsFile, logTarget};

type Makers = Readonly<Record<string, Pick<Resource<unknown>, 'make'>>>;
type MadeBy<M extends Makers> = {readonly [N in keyof M]: Awaited<ReturnType<M[N]['make']>>};
type Made = MadeBy<typeof IDENTITY> & MadeBy<typeof RESOURCES>;

/** Everything that must exist before the first worker does. */
export type Resources = Made & {
  readonly children: Children;
  readonly orphans: Orphans;
  /** null without a control socket, or where it cannot be written. */
  readonly stateFile: StateFile | null;
};

/** @throws {Refusal} why ssd cannot start; `undo` takes back what was made before that */
export async function makeResources(config: Config, options: StartOptions): Promise<Resources> {
  const {log, undo, former} = options;
  if (!former) log({type: 'starting', version: packageVersion(), instance: config.name.value});
  if (config.subreaper) inheritOrphans(undo);
  // The former image may have asked for that, which outlives execve(2).
  else if (former) setSubreaper(false);
  const children = watchChildren(options.alone || config.subreaper, former?.children);
  undo.add(children.dispose);
  const context = {...options, children, orphans: NO_ORPHANS};
  const identity = await makeEach(former ? IDENTITY : identityOf(config), config, context);
  const path = identity.control && statePath(identity.control.bound.path);
  const orphans = path !== null && config.adopt && !former ? findLeft(path, undo) : NO_ORPHANS;
  const rest = await makeEach(RESOURCES, config, {...context, orphans}).catch(error => {
    // The start may have failed for want of it. Otherwise the core tells of it.
    for (const one of orphans.leftOut) options.tellNow({type: 'left-out', ...one});
    throw error;
  });
  if (identity.control && !config.adopt && !former) demandNoneLeft(identity.control.bound.path);
  const stateFile = path === null ? null : prepareStateFile(path, options);
  return {children, orphans, stateFile, ...identity, ...rest};
}

async function makeEach<M extends Makers>(
  makers: M,
  config: Config,
  context: MakeContext,
): Promise<MadeBy<M>> {
  const made: [name: string, unknown][] = [];
  for (const [name, {make}] of Object.entries(makers)) made.push([name, await make(config, context)]);
  // Each name has the result of its own `make`. TypeScript cannot correlate the two.
  return Object.fromEntries(made) as MadeBy<M>;
}

/** The control socket and the state file of another one that has died are left: they tell of its workers. */
function identityOf(config: Config): typeof IDENTITY {
  const pids = pidsOfOther(config);
  if (pids.length === 0) return IDENTITY;
  const none = (_: Config, {problems}: {readonly problems: CheckContext['problems']}) => {
    const cause = `another ssd by this name has died, and its workers serve on (${pidsOf(pids)}); give this one a --name`;
    problems.raise({code: 'control-off', subject: controlPath(config), cause});
    return null;
  };
  return {pidFile, control: {make: none, check: none}};
}

/** @throws {Refusal} `option-invalid` */
function inheritOrphans(undo: StartOptions['undo']): void {
  try {
    setSubreaper(true);
  } catch (error) {
    throw invalidOption('subreaper', 'true', `the system refuses it: ${explain(causeOf(error))}`);
  }
  undo.add(() => setSubreaper(false));
}

/** @throws {Refusal} the refusal of a start */
export async function checkResources(
  config: Config,
  given: Omit<CheckContext, 'orphans' | 'keep'>,
): Promise<void> {
  const kept: (() => void)[] = [];
  const context = {...given, orphans: NO_ORPHANS, keep: (release: () => void) => void kept.push(release)};
  const {running, handed} = context;
  // The ssd that asks has these.
  const identity = running ? IDENTITY : identityOf(config);
  if (!handed) for (const {check} of Object.values(identity)) await check(config, context);
  const isSuccessor = identity === IDENTITY && config.adopt;
  const orphans = running || handed || !isSuccessor ? NO_ORPHANS : lookForLeft(config);
  try {
    context.onOrphans(orphans);
    for (const {check} of Object.values(RESOURCES)) await check(config, {...context, orphans});
    if (identity === IDENTITY && !config.adopt && !running && !handed) demandNoneLeft(controlPath(config));
  } finally {
    for (const release of kept) release();
    closeOrphans({...orphans, listeners: []});
  }
}
