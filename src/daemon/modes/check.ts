/**
 * `--check`: everything that a start would do before its first worker, done and taken back, in the same order and with
 * the same errors. An instance that runs with the same control socket is what a changed configuration is checked beside:
 * it is only asked for its status, and what it holds is not tried.
 */
import {closeSync, existsSync, rmdirSync} from 'node:fs';
import {dirname} from 'node:path';
import {connect} from '../../shared/client/client.js';
import {instanceDirectory, socketPath} from '../../shared/instance-paths.js';
import type {Status} from '../../shared/protocol/status.js';
import {type Failure, Refusal} from '../../shared/words/errors.js';
import {describeFailure, explain} from '../../shared/words/wording.js';
import type {PlacedListener} from '../config/address.js';
import type {Config} from '../config/config.js';
import {removeOwnPath} from '../files/own-path.js';
import {prepareReplacedFile} from '../files/replaced-file.js';
import {bindControl} from '../sockets/control-place.js';
import {closeListeners, openListeners, systemBacklog} from '../sockets/listeners.js';
import {listenerAt} from '../sockets/unix-socket.js';
import {readEnvironment} from '../workers/environment.js';
import {checkProgram} from '../workers/program.js';
import {checkLogFile, checkPidFile} from './check-files.js';

/** `notes`: what was not tried, and why. `warnings`: what a start would warn of and go on. */
export type Checked = {readonly notes: readonly string[]; readonly warnings: readonly string[]};

type Held = Pick<Status, 'instance' | 'pid' | 'listeners'>;

/** @throws {Refusal} what a start would be refused with, and `envdir-unreadable` */
export async function checkStart(config: Config): Promise<Checked> {
  const environment = checkEnvironment(config);
  checkProgram(config.program[0], environment.env, config.directory);
  const running = await findRunning(config);
  if (config.pidFile !== null) checkPidFile(config.pidFile, running?.pid ?? null);
  const control = running ? null : checkControl(config);
  const held = config.listeners.filter(listener => isHeld(listener, running));
  const tried = config.listeners.filter(listener => !held.includes(listener));
  closeListeners(await openListeners(tried, config.backlog ?? systemBacklog()));
  if (config.statusFile !== null) prepareReplacedFile(config.statusFile, 'status file');
  if (config.metricsFile !== null) prepareReplacedFile(config.metricsFile, 'metrics file');
  if (config.logFile !== null) checkLogFile(config.logFile);
  const oddities = environment.oddities.map(
    ({what, problem}) => `${what} is passed over: ${explain(problem)}`,
  );
  const off = control ? [`running without a control socket: ${describeFailure(control)}`] : [];
  return {notes: running ? notesOn(running, held) : [], warnings: [...oddities, ...off]};
}

/** A start only warns of an envdir that it cannot read, for it may come; who asks wants to know. */
function checkEnvironment({env}: Config): ReturnType<typeof readEnvironment> {
  const environment = readEnvironment(env);
  const unread = environment.oddities.find(
    ({what, problem}) => what === `envdir ${env.ENVDIR}` && /^E[A-Z]+$/.test(problem),
  );
  if (unread) {
    throw new Refusal({code: 'envdir-unreadable', path: env.ENVDIR ?? '', cause: unread.problem});
  }
  return environment;
}

/** The instance that has the control socket which this one would take. */
async function findRunning(config: Config): Promise<Held | null> {
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

function controlPath({control, name, env}: Config): string {
  return control ?? socketPath(instanceDirectory(env, process.getuid?.() ?? 0), name.value);
}

/** @returns why a start would go on without one, or null */
function checkControl(config: Config): Failure | null {
  const directory = dirname(controlPath(config));
  const wasThere = existsSync(directory);
  const bound = bindControl({name: config.name, path: config.control}, config.env);
  if ('identity' in bound) {
    removeOwnPath(bound.path, bound.identity);
    closeSync(bound.fd);
  }
  if (!wasThere) removeEmpty(directory);
  return 'identity' in bound ? null : bound;
}

function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // It could not be made, or another instance has moved in.
  }
}

/** On its own port an instance is not disturbed even by a bind that fails, nor on its path by a connection. */
function isHeld(listener: PlacedListener, running: Held | null): boolean {
  return (running?.listeners ?? []).some(({type, name, address}) => {
    if (type !== listener.type) return false;
    return listener.type === 'unix'
      ? name === listener.name
      : listener.port !== 0 && address.endsWith(`:${listener.port}`);
  });
}

function notesOn({instance, pid}: Held, held: readonly PlacedListener[]): string[] {
  const addresses = held.map(({type, name}) => `, ${type} ${name}`).join('');
  return [
    `instance ${instance} (pid ${pid}) is running; not tried, for it has them: control socket${addresses}`,
  ];
}
