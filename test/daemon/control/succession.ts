/** A control server that hands over to another one in the same process. */

import type net from 'node:net';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import type {ControlState} from '../../../src/daemon/control/control-state.js';
import type {ControlEvent, Daemon} from '../../../src/daemon/control/handlers.js';
import {type ControlServer, serveControl} from '../../../src/daemon/control/server.js';
import {createBorder} from '../../../src/daemon/faults/border.js';
import {createHistory, type History} from '../../../src/daemon/log/history.js';
import {bindUnixSocket} from '../../../src/daemon/sockets/unix-socket.js';
import {duplicateAbove} from '../../../src/daemon/system/posix.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';
import {type RawClient, rawClient} from '../../helpers/clients/raw-client.js';
import {Mailbox} from '../../helpers/mailbox.js';

export type Stage = {
  readonly path: string;
  readonly server: ControlServer;
  readonly history: History;
  /** The next input that a request, or the end of a session, has caused. */
  readonly submitted: () => Promise<ControlEvent>;
  /** What the border has reported. */
  readonly told: readonly string[];
  readonly client: () => RawClient;
  /** What is handed over, as the next program reads it. */
  readonly handOver: () => ControlState;
  /** Replaces the program: its descriptors close, but for those that are handed over. */
  readonly succeed: (options?: Options) => Stage;
};

export type Options = {
  readonly daemon?: Partial<Daemon>;
  readonly onSubmit?: (event: ControlEvent) => void;
  /** What the next program reads instead. */
  readonly instead?: (state: ControlState) => ControlState;
  /** Called as soon as there is the history, before the server. */
  readonly onHistory?: (history: History) => void;
};

export function firstStage(t: ExecutionContext, options: Options = {}): Stage {
  const path = join(temporaryDirectory(t), 'c');
  const bound = bindUnixSocket(path, {mode: 0o600, owner: null}, 128);
  if ('problem' in bound) throw new Error(bound.problem);
  return stage(t, {path, fd: bound.fd, revived: null, history: createHistory(time, null)}, options);
}

const time = () => new Date(0);

type Ground = {
  readonly path: string;
  readonly fd: number;
  readonly revived: ControlState | null;
  readonly history: History;
};

function stage(t: ExecutionContext, {path, fd, revived, history}: Ground, options: Options): Stage {
  const {daemon, onSubmit = () => {}, onHistory = () => {}} = options;
  const sockets: net.Socket[] = [];
  const inputs = new Mailbox<ControlEvent>('an input');
  const submit = (event: ControlEvent) => {
    inputs.put(event);
    onSubmit(event);
  };
  const told: string[] = [];
  onHistory(history);
  const identity = {instance: 'a', version: '0', pid: 1};
  const server = serveControl({
    fd,
    daemon: {identity, submit, isStopping: () => false, releases: null, history, ...daemon} as Daemon,
    isPermitted: socket => sockets.push(socket) > 0,
    onError: error => t.fail(error.message),
    border: createBorder(({subject, cause}) => told.push(`${subject}: ${cause}`)),
    revived,
  });
  t.teardown(server.close);
  const handOver = (): ControlState => {
    const {state, fds} = server.handOver();
    const read: ControlState = JSON.parse(JSON.stringify(state));
    t.deepEqual(
      read.sessions.map(session => session.fd),
      [...fds],
    );
    return read;
  };
  const client = () => {
    const made = rawClient(path);
    t.teardown(() => made.socket.destroy());
    return made;
  };
  const succeed = ({instead = same, ...rest}: Options = {}) => {
    const state = handOver();
    const kept = {...state, sessions: state.sessions.map(one => ({...one, fd: duplicateAbove(one.fd, 3)}))};
    const next = {path, fd: duplicateAbove(fd, 3), revived: instead(kept)};
    const events = JSON.parse(JSON.stringify(history.handOver().state));
    server.close();
    for (const socket of sockets) socket.destroy();
    return stage(t, {...next, history: createHistory(time, events)}, rest);
  };
  return {path, server, history, submitted: () => inputs.take(), told, client, handOver, succeed};
}

const same = (state: ControlState) => state;
