/**
 * `--check`: tries everything that a start does before its first worker, in the same order and with the same errors,
 * and takes it back. If an instance already has the control socket, the configuration is checked beside it: that
 * instance is only asked for its status, and what it holds is not tried.
 */
import {existsSync} from 'node:fs';
import {connect} from '../../shared/client/client.js';
import type {Raise} from '../../shared/protocol/problem.js';
import {describeProblem} from '../../shared/words/describe-problem.js';
import {Refusal} from '../../shared/words/errors.js';
import {describeLeftOut} from '../../shared/words/left-out.js';
import type {Orphans} from '../adoption/orphans.js';
import {warnOfNoListener} from '../config/advice/no-listener.js';
import type {Config} from '../config/config.js';
import {describePassedOver} from '../log/log.js';
import {checkPaths} from '../resources/distinct.js';
import {isHeld as isHttpHeld} from '../resources/http.js';
import {checkResources} from '../resources/list.js';
import type {Handed, Running} from '../resources/resource.js';
import {isHeld} from '../resources/sockets.js';
import {controlPath} from '../sockets/control-place.js';
import {describePassed} from '../sockets/inherited/passed-listeners.js';
import type {Listener} from '../sockets/listener.js';
import {listenerAt} from '../sockets/unix-socket.js';
import {createEnvironmentReader, demandReadable, type Environment} from '../workers/environment.js';
import {createConfinement} from '../workers/privileges/confinement.js';
import {checkPrograms} from '../workers/program.js';
import {startDirectory} from '../workers/release/directory.js';

/** `notes` say what was not tried and why. `warnings` are those with which a start would continue. */
export type Checked = {readonly notes: readonly string[]; readonly warnings: readonly string[]};

/**
 * @param handed the sockets of the ssd whose place this program is to take
 * @throws {Refusal} the refusal of a start, or `environment-unreadable`
 */
export async function checkStart(config: Config, handed: Handed | null = null): Promise<Checked> {
  const warnings: string[] = [];
  const raise: Raise = problem => void warnings.push(describeProblem(problem));
  const confinement = await createConfinement(config);
  const {env, oddities} = checkEnvironment(confinement.env);
  for (const oddity of oddities) raise({code: 'environment', ...oddity});
  const place = {...config, directory: startDirectory(config)};
  checkPrograms(place, env);
  confinement.demand(place, env);
  checkPaths(config);
  const running = handed ? null : await findRunning(config);
  const notes = running ? [noteOn(running, config)] : [];
  await checkResources(config, {
    problems: {raise},
    running,
    handed,
    onOrphans: orphans => {
      notes.push(...noteOnOrphans(orphans));
      warnings.push(...orphans.leftOut.map(describeLeftOut));
    },
    onListeners: (listeners, passedOver) => {
      notes.push(...listeners.flatMap(noteOnPassed));
      warnings.push(...passedOver.map(describePassedOver));
      // Those that the running instance has are not tried.
      const none = warnOfNoListener(config, [...config.listeners, ...listeners]);
      if (none !== null) warnings.push(none);
    },
  });
  return {notes, warnings};
}

/** What a start would do with a socket that was passed to ssd. */
function noteOnPassed({name, type, address, fd, passed, adopted}: Listener): readonly string[] {
  if (adopted)
    return [
      `the listener ${name} would be taken over from pid ${adopted.pid}: ${type} ${address}, descriptor ${fd} of the workers`,
    ];
  if (passed === null) return [];
  return [
    `${describePassed(passed)} becomes the listener ${name}: ${type} ${address}, descriptor ${fd} of the workers`,
  ];
}

/** What a start would take over. */
function noteOnOrphans({state, workers}: Orphans): readonly string[] {
  if (state === null) return [];
  const generations = new Set(workers.map(({generation}) => generation));
  return [...generations].map(number => {
    const pids = workers.filter(({generation}) => generation === number).map(({pid}) => pid);
    return `generation ${number} of an ssd that has died would be taken over, pid ${pids.join(', ')}`;
  });
}

/** A start only warns of an envdir that is missing, because it may appear later. A check refuses it. */
function checkEnvironment(env: Config['env']): Environment {
  const environment = demandReadable(createEnvironmentReader(env).read());
  const missing = environment.oddities.find(({subject}) => subject === `envdir ${env.ENVDIR}`);
  if (missing) throw new Refusal({code: 'environment-unreadable', ...missing});
  return environment;
}

/** The instance that has the control socket of this configuration. */
async function findRunning(config: Config): Promise<Running | null> {
  const path = controlPath(config);
  if (!existsSync(path) || !('pid' in listenerAt(path))) return null;
  try {
    const client = await connect(path);
    try {
      return await client.request('status');
    } finally {
      client.close();
    }
  } catch {
    // The listener does not speak ssd's protocol. The check of the control socket will refuse it, as a start does.
    return null;
  }
}

function noteOn(running: Running, {listeners, http}: Config): string {
  const {instance, pid} = running;
  const held = listeners.filter(listener => isHeld(listener, running));
  const names = held.map(({type, name}) => `${type} ${name}`);
  if (http && isHttpHeld(http, running)) names.push(`HTTP ${http.asked}`);
  const addresses = names.map(name => `, ${name}`).join('');
  return `not tested: control socket${addresses} (the running instance ${instance}, pid ${pid}, uses them)`;
}
