/**
 * What must be there before the first worker is: the pid file, the control socket, the listeners, the status file, the
 * place where standard output and error go. What is made is undone in the opposite order.
 */
import {closeSync} from 'node:fs';
import {packageVersion} from '../shared/version.js';
import {describeFailure} from '../shared/words/wording.js';
import type {Config} from './config/config.js';
import {removeOwnPath} from './files/own-path.js';
import {takePidFile} from './files/pid-file.js';
import {prepareReplacedFile, type ReplacedFile} from './files/replaced-file.js';
import {prepareStatusFile, type StatusFile} from './files/status-file.js';
import type {Log} from './log/log.js';
import type {LogSink} from './log/sink.js';
import {type LogTarget, openLogTarget, type Redirection} from './log/target.js';
import {bindControl} from './sockets/control-place.js';
import {closeListeners, type Listener, openListeners, systemBacklog} from './sockets/listeners.js';
import type {BoundPath} from './sockets/unix-socket.js';
import type {Undo} from './system/undo.js';
import {type Children, watchChildren} from './workers/children.js';

export type StartContext = {
  readonly log: Log;
  readonly undo: Undo;
  readonly sink: LogSink;
  readonly background: boolean;
};

/** Everything that must be there before the first worker is. */
export type Resources = {
  readonly children: Children;
  readonly listeners: readonly Listener[];
  readonly statusFile: {readonly path: string; readonly file: StatusFile} | null;
  /** As it is written only once ssd is up, so its removal is undone by who writes it. */
  readonly metricsFile: {readonly path: string; readonly file: ReplacedFile} | null;
  readonly control: ControlSocket | null;
  readonly logTarget: LogTarget | null;
  readonly redirection: Redirection | null;
};

/** The server is there once the loop is; until then clients wait in the backlog. */
export type ControlSocket = {bound: BoundPath; server: {readonly close: () => void} | null};

export async function makeResources(config: Config, context: StartContext): Promise<Resources> {
  const {log, undo} = context;
  log({type: 'starting', version: packageVersion(), instance: config.name.value});
  const children = watchChildren();
  undo.add(children.dispose);
  if (config.pidFile !== null) undo.add(takePidFile(config.pidFile).release);
  const control = makeControlSocket(config, context);
  const listeners = await openListeners(config.listeners, config.backlog ?? systemBacklog());
  undo.add(() => closeListeners(listeners));
  for (const {type: kind, address, fd} of listeners) log({type: 'listening', kind, address, fd});
  const statusFile = config.statusFile === null ? null : makeStatusFile(config.statusFile, undo);
  const metricsFile = config.metricsFile === null ? null : makeMetricsFile(config.metricsFile);
  const output = config.logFile === null ? null : redirectTo(config.logFile, children, context);
  const {target = null, redirection = null} = output ?? {};
  return {children, listeners, statusFile, metricsFile, control, logTarget: target, redirection};
}

function makeControlSocket(config: Config, {log, undo}: StartContext): ControlSocket | null {
  const bound = bindControl({name: config.name, path: config.control}, config.env);
  if (!('identity' in bound)) {
    log({type: 'control-off', problem: describeFailure(bound)});
    return null;
  }
  const control: ControlSocket = {bound, server: null};
  undo.add(() => (control.server ? control.server.close() : closeSync(bound.fd)));
  undo.add(() => removeOwnPath(control.bound.path, control.bound.identity));
  log({type: 'control-ready', path: bound.path});
  return control;
}

function makeStatusFile(path: string, undo: Undo): Resources['statusFile'] {
  const file = prepareStatusFile(path);
  undo.add(file.remove);
  return {path, file};
}

function makeMetricsFile(path: string): Resources['metricsFile'] {
  return {path, file: prepareReplacedFile(path, 'metrics file')};
}

function redirectTo(
  logFile: string,
  children: Children,
  context: StartContext,
): {readonly target: LogTarget; readonly redirection: Redirection} {
  const {log, undo, sink, background} = context;
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
  return {target, redirection};
}
