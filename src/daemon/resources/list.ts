/**
 * The list of all resources. A start makes them in this order and undoes them in the opposite order. `--check` checks
 * them in the same order as a start.
 */
import {packageVersion} from '../../shared/version.js';
import {explain} from '../../shared/words/errno.js';
import {causeOf, invalidOption} from '../../shared/words/errors.js';
import type {Config} from '../config/config.js';
import {setSubreaper} from '../system/posix-process.js';
import {type Children, watchChildren} from '../workers/children.js';
import {logTarget, metricsFile, pidFile, statusFile} from './files.js';
import type {CheckContext, StartOptions} from './resource.js';
import {control, listeners} from './sockets.js';

const RESOURCES = {pidFile, control, listeners, statusFile, metricsFile, logTarget};

type Made = {readonly [N in keyof typeof RESOURCES]: Awaited<ReturnType<(typeof RESOURCES)[N]['make']>>};

/** Everything that must exist before the first worker does. */
export type Resources = Made & {readonly children: Children};

/** @throws {Refusal} why ssd cannot start; `undo` takes back what was made before that */
export async function makeResources(config: Config, options: StartOptions): Promise<Resources> {
  const {log, undo} = options;
  log({type: 'starting', version: packageVersion(), instance: config.name.value});
  if (config.subreaper) inheritOrphans(undo);
  const children = watchChildren(options.alone || config.subreaper);
  undo.add(children.dispose);
  const context = {...options, children};
  const made: [name: string, unknown][] = [];
  for (const [name, {make}] of Object.entries(RESOURCES)) made.push([name, await make(config, context)]);
  // Each name has the result of its own `make`. TypeScript cannot correlate the two.
  return {children, ...(Object.fromEntries(made) as Made)};
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
export async function checkResources(config: Config, context: CheckContext): Promise<void> {
  for (const {check} of Object.values(RESOURCES)) await check(config, context);
}
