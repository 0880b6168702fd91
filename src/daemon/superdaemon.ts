/**
 * Puts the parts together and runs them until ssd is told to stop. The only file that imports across all
 * folders: `main.ts` and the library's `startServer` both run what is composed here.
 *
 * What is made is undone in the opposite order, whether the end is a stop or a refusal half-way.
 */
import {closeSync} from 'node:fs';
import {MessageChannel} from 'node:worker_threads';
import {defer} from '../shared/deferred.js';
import {causeOf, Refusal} from '../shared/errors.js';
import type {Status} from '../shared/protocol.js';
import {packageVersion} from '../shared/version.js';
import {describeFailure} from '../shared/wording.js';
import type {Config} from './config.js';
import type {Daemon} from './control/handlers.js';
import {type ControlServer, serveControl} from './control/server.js';
import {createLog, holdBack, type Log} from './log.js';
import {type Children, watchChildren} from './system/children.js';
import {createClock, now} from './system/clock.js';
import {bindControl, isOwnUser} from './system/control-place.js';
import {keepDescriptorsPrivate, makeStandardBlocking} from './system/descriptors.js';
import {perform, type World} from './system/effects.js';
import {readEnvironment} from './system/environment.js';
import {closeListeners, type Listener, openListeners, systemBacklog} from './system/listeners.js';
import {createLogSink, type LogSink} from './system/log-sink.js';
import {openLogTarget, type Redirection} from './system/log-target.js';
import {createLoop, type Loop} from './system/loop.js';
import {takePidFile} from './system/pid-file.js';
import {checkProgram} from './system/program.js';
import type {Signals} from './system/signals.js';
import {prepareStatusFile, type StatusFile} from './system/status-file.js';
import {createUndo, type Undo} from './system/undo.js';
import {type BoundPath, removeOwnPath} from './system/unix-socket.js';
import {spawnGeneration, type WorkerContext} from './system/worker.js';

export type RunOptions = {
  readonly config: Config;
  readonly signals: Signals;
  /** Which of 0, 1 and 2 were non-blocking before anything of Node's touched them; the others are made blocking. */
  readonly nonBlocking?: readonly number[];
  /** There is no terminal to keep: whoever started ssd has gone on, or will. */
  readonly background?: boolean;
  /** Called once: the listeners are bound, the pid file is written, the first generation is spawned. */
  readonly onUp?: () => void;
};

/**
 * Runs ssd until it was told to stop and its workers are gone.
 *
 * @throws {Refusal} what keeps it from starting; nothing that was made is left behind
 */
export async function runSuperdaemon(options: RunOptions): Promise<void> {
  const {config, signals, nonBlocking = [], background = false, onUp = () => {}} = options;
  checkProgram(config.program[0], readEnvironment(config.env).env, config.directory);
  keepDescriptorsPrivate();
  makeStandardBlocking(nonBlocking);
  const sink = createLogSink();
  const log = createLog(sink.write);
  const undo = createUndo(error => log({type: 'clean-up-failed', cause: causeOf(error)}));
  try {
    const held = holdBack(log);
    const made = await makeSurroundings(config, {log: held.log, undo, sink, background});
    held.release();
    const stopped = await supervise({config, signals, log, made, undo, onUp});
    undo.run();
    await made.control?.server?.answerStopped(stopped, process.pid);
  } finally {
    undo.run();
  }
}

type Workshop = {
  readonly log: Log;
  readonly undo: Undo;
  readonly sink: LogSink;
  readonly background: boolean;
};

/** Everything that must be there before the first worker is. */
type Surroundings = {
  readonly children: Children;
  readonly listeners: readonly Listener[];
  readonly statusFile: {readonly path: string; readonly file: StatusFile} | null;
  readonly control: ControlSocket | null;
  readonly redirection: Redirection | null;
};

/** The server is there once the loop is; until then clients wait in the backlog. */
type ControlSocket = BoundPath & {server: ControlServer | null};

async function makeSurroundings(config: Config, workshop: Workshop): Promise<Surroundings> {
  const {log, undo} = workshop;
  log({type: 'starting', version: packageVersion(), instance: config.name.value});
  const children = watchChildren();
  undo.add(children.dispose);
  if (config.pidFile !== null) undo.add(takePidFile(config.pidFile).release);
  const control = makeControlSocket(config, workshop);
  const listeners = await openListeners(config.listeners, config.backlog ?? systemBacklog());
  undo.add(() => closeListeners(listeners));
  for (const {type: kind, address, fd} of listeners) log({type: 'listening', kind, address, fd});
  const statusFile = config.statusFile === null ? null : makeStatusFile(config.statusFile, undo);
  const redirection = config.logFile === null ? null : redirectTo(config.logFile, children, workshop);
  return {children, listeners, statusFile, control, redirection};
}

function makeControlSocket(config: Config, {log, undo}: Workshop): ControlSocket | null {
  const bound = bindControl({name: config.name, path: config.control}, config.env);
  if (!('identity' in bound)) {
    log({type: 'control-off', problem: describeFailure(bound)});
    return null;
  }
  const control: ControlSocket = {...bound, server: null};
  undo.add(() => (control.server ? control.server.close() : closeSync(bound.fd)));
  undo.add(() => removeOwnPath(bound.path, bound.identity));
  log({type: 'control-ready', path: bound.path});
  return control;
}

function makeStatusFile(path: string, undo: Undo): Surroundings['statusFile'] {
  const file = prepareStatusFile(path);
  undo.add(file.remove);
  return {path, file};
}

function redirectTo(logFile: string, children: Children, workshop: Workshop): Redirection {
  const {log, undo, sink, background} = workshop;
  const target = openLogTarget(logFile, {
    children,
    background,
    onCommandEnd: (ending, lostBytes) => log({type: 'log-command-ended', ending, lostBytes}),
  });
  undo.add(target.close);
  const redirection = target.redirect();
  sink.reopen();
  undo.add(() => {
    redirection.restore();
    sink.reopen();
  });
  return redirection;
}

type Supervision = {
  readonly config: Config;
  readonly signals: Signals;
  readonly log: Log;
  readonly made: Surroundings;
  readonly undo: Undo;
  readonly onUp: () => void;
};

/** @returns the tokens of those who asked to stop */
async function supervise(supervision: Supervision): Promise<readonly string[]> {
  const {config, signals, log, made, undo, onUp} = supervision;
  const ended = defer<readonly string[]>();
  let refusal: Refusal | null = null;
  const clock = createClock(() => {
    made.children.collect();
    loop.submit({type: 'deadline', now: now()});
  });
  undo.add(clock.dispose);
  const [program] = config.program;
  const world: World = {
    ...made,
    clock,
    log,
    spawn: (generation, workers) => spawnGeneration(context, generation, workers),
    onRefused: cause => {
      refusal = new Refusal({code: 'exec-failed', program, cause});
    },
    onStopped: tokens => (refusal ? ended.reject(refusal) : ended.resolve(tokens)),
  };
  const loop = createLoop(config.settings, readEnvironment(config.env).tunables, effect =>
    perform(world, effect),
  );
  const context: WorkerContext = {
    ...config,
    ...made,
    base: config.env,
    now,
    submit: loop.submit,
    onOddity: oddity => log({type: 'environment-oddity', ...oddity}),
  };
  const unsubscribe = loop.subscribe(effect => {
    if (effect.type !== 'publish' || effect.happening.type !== 'spawned') return;
    unsubscribe();
    made.redirection?.commit();
    onUp();
  });
  if (made.control) {
    made.control.server = openControl(made.control, daemonOf(config, made.listeners, loop), log);
  }
  undo.add(stayAlive());
  loop.submit({type: 'boot', now: now()});
  signals.deliverTo({
    onRestart: () => loop.submit({type: 'restart', now: now(), by: 'signal', asker: null}),
    onStop: signal => loop.submit({type: 'stop', now: now(), signal, token: null}),
    onIgnored: signal => log({type: 'signal-ignored', signal}),
  });
  return ended.promise;
}

function openControl({fd}: BoundPath, daemon: Daemon, log: Log): ControlServer {
  return serveControl({
    fd,
    daemon,
    isPermitted: isOwnUser,
    onError: error => log({type: 'control-failed', cause: causeOf(error)}),
  });
}

/** What the control side sees of all this. */
function daemonOf(config: Config, listeners: readonly Listener[], loop: Loop): Daemon {
  const startedAt = now();
  const fixed = {
    instance: config.name.value,
    version: packageVersion(),
    pid: process.pid,
    program: config.program,
    listeners: listeners.map(({name, fd, type, address}) => ({name, fd, type, address})),
  };
  return {
    submit: event => loop.submit({...event, now: now()}),
    snapshot: (): Status => ({...fixed, uptimeMs: now() - startedAt, ...loop.snapshot(now())}),
    subscribe: loop.subscribe,
  };
}

/** Signals do not keep a Node process alive, and an idle ssd has no timer: this does, without a wake-up. */
function stayAlive(): () => void {
  const {port1} = new MessageChannel();
  port1.on('message', () => {});
  return () => port1.close();
}
