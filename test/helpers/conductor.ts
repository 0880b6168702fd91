/** The socket on which fixture servers call back. A test directs them through it. */
import net from 'node:net';
import {eachLine} from './lines.js';
import {Mailbox} from './mailbox.js';

export type FromWorker =
  | {
      readonly type: 'hello';
      readonly generation: number;
      readonly pid: number;
      readonly cwd: string;
      readonly env: Readonly<Record<string, string>>;
      readonly descriptors: Readonly<Record<string, string>>;
    }
  | {readonly type: 'signal'; readonly signal: string}
  | {readonly type: 'done'; readonly order: string};

export type ToWorker =
  | {readonly do: 'exit'; readonly code: number}
  | {readonly do: 'die'; readonly signal: string}
  | {readonly do: 'be-stubborn'}
  | {readonly do: 'print'; readonly text: string}
  | {readonly do: 'write'; readonly fd: number; readonly text: string}
  | {readonly do: 'close'; readonly fd: number}
  | {readonly do: 'notify'; readonly text: string}
  | {readonly do: 'run'; readonly command: string};

type Hello = Extract<FromWorker, {type: 'hello'}>;

export type Worker = Hello & {
  /** The next signal it gets. */
  readonly nextSignal: () => Promise<string>;
  /** All signals that it has reported so far. */
  readonly signals: readonly string[];
  readonly exit: (code: number) => void;
  readonly die: (signal: string) => void;
  /** From now on it reports signals and does not end. Resolves when it has taken that in. */
  readonly beStubborn: () => Promise<void>;
  /** Writes a line to its standard error. Resolves when it is written. */
  readonly print: (text: string) => Promise<void>;
  /** Writes to one of its descriptors. */
  readonly write: (fd: number, text: string) => Promise<void>;
  readonly close: (fd: number) => Promise<void>;
  /** Sends to its NOTIFY_SOCKET, and does not wait until it is heard. */
  readonly notify: (text: string) => Promise<void>;
  /** Runs a shell command as its child, with its environment. Resolves when that has ended. */
  readonly run: (command: string) => Promise<void>;
  /** Resolves when it has ended. */
  readonly gone: Promise<void>;
};

export type Conductor = {
  readonly path: string;
  /** The next fixture server that calls. */
  readonly nextWorker: () => Promise<Worker>;
  readonly close: () => void;
};

export function createConductor(path: string): Promise<Conductor> {
  const workers = new Mailbox<Worker>('a worker that calls the conductor');
  const sockets = new Set<net.Socket>();
  const server = net.createServer(socket => {
    sockets.add(socket);
    greet(socket, worker => workers.put(worker));
  });
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve({path, nextWorker: () => workers.take(), close}));
  });
}

function greet(socket: net.Socket, onWorker: (worker: Worker) => void): void {
  const signals = new Mailbox<string>('a signal to the worker');
  const allSignals: string[] = [];
  const done = new Mailbox<string>('the worker to have done as it was told');
  const gone = new Promise<void>(resolve => socket.on('close', () => resolve()));
  const tell = (order: ToWorker) => void socket.write(`${JSON.stringify(order)}\n`);
  const obey = async (order: ToWorker) => {
    tell(order);
    await done.take();
  };
  socket.on('error', () => {});
  eachLine(socket, line => {
    const message = JSON.parse(line) as FromWorker;
    if (message.type === 'signal') {
      allSignals.push(message.signal);
      signals.put(message.signal);
    }
    if (message.type === 'done') done.put(message.order);
    if (message.type === 'hello') onWorker(workerOf(message));
  });
  const workerOf = (hello: Hello): Worker => ({
    ...hello,
    nextSignal: () => signals.take(),
    signals: allSignals,
    exit: code => tell({do: 'exit', code}),
    die: signal => tell({do: 'die', signal}),
    beStubborn: () => obey({do: 'be-stubborn'}),
    print: text => obey({do: 'print', text}),
    write: (fd, text) => obey({do: 'write', fd, text}),
    close: fd => obey({do: 'close', fd}),
    notify: text => obey({do: 'notify', text}),
    run: command => obey({do: 'run', command}),
    gone,
  });
}
