/**
 * `--check`: everything that a start would do before its first worker, tried and taken back, in the same order and with
 * the same errors. A changed configuration is checked beside the instance that has its control socket: that one is only
 * asked for its status, and what it holds is not tried.
 */
import {existsSync} from 'node:fs';
import {connect} from '../../shared/client/client.js';
import type {Raise} from '../../shared/protocol/problem.js';
import {describeProblem} from '../../shared/words/describe-problem.js';
import {Refusal} from '../../shared/words/errors.js';
import type {Config} from '../config/config.js';
import {checkResources} from '../resources/list.js';
import type {Running} from '../resources/resource.js';
import {isHeld} from '../resources/sockets.js';
import {controlPath} from '../sockets/control-place.js';
import {listenerAt} from '../sockets/unix-socket.js';
import {type Environment, readEnvironment} from '../workers/environment.js';
import {checkProgram} from '../workers/program.js';

/** `notes`: what was not tried, and why. `warnings`: what a start would warn of and go on. */
export type Checked = {readonly notes: readonly string[]; readonly warnings: readonly string[]};

/** @throws {Refusal} what a start would be refused with, and `envdir-unreadable` */
export async function checkStart(config: Config): Promise<Checked> {
  const warnings: string[] = [];
  const raise: Raise = problem => void warnings.push(describeProblem(problem));
  const {env, oddities} = checkEnvironment(config);
  for (const oddity of oddities) raise({code: 'environment', ...oddity});
  checkProgram(config.program[0], env, config.directory);
  const running = await findRunning(config);
  await checkResources(config, {problems: {raise}, running});
  return {notes: running ? [noteOn(running, config)] : [], warnings};
}

/** A start only warns of an envdir that it cannot read, because it may come later; a check refuses it. */
function checkEnvironment({env}: Config): Environment {
  const environment = readEnvironment(env);
  const unread = environment.oddities.find(
    ({subject, cause}) => subject === `envdir ${env.ENVDIR}` && /^E[A-Z]+$/.test(cause),
  );
  if (unread) {
    throw new Refusal({code: 'envdir-unreadable', path: env.ENVDIR ?? '', cause: unread.cause});
  }
  return environment;
}

/** The instance that has the control socket which this one would take. */
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
    // It does not speak as ssd does: the control socket is then refused as at a start.
    return null;
  }
}

function noteOn(running: Running, {listeners}: Config): string {
  const {instance, pid} = running;
  const held = listeners.filter(listener => isHeld(listener, running));
  const addresses = held.map(({type, name}) => `, ${type} ${name}`).join('');
  return `instance ${instance} (pid ${pid}) is running; not tried, for it has them: control socket${addresses}`;
}
