/** Third-party servers, run under ssd as their users run them. docs/servers.md lists them in a table. */
import type {Client} from '../helpers/clients/exchange.js';
import {h2c} from '../helpers/clients/http2-client.js';
import {CLIENTS} from '../helpers/clients/traffic.js';
import {ACCEPT_LOOP, compiled, example, HELLO} from '../helpers/servers.js';

export type Server = {
  readonly name: string;
  /** Programs, and Perl modules, without which it is skipped. */
  readonly needs: readonly string[];
  /** How it says that it is ready, as for `--ready`. */
  readonly ready: 'interval' | 'notify' | 'fd' | `exec=${string}`;
  /** Further options of ssd, besides the port and what `ready` implies. */
  readonly args?: readonly string[];
  readonly program: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What has to run first, in the directory of the test, which is also the working directory of the program. */
  readonly prepare?: readonly string[];
  /** What follows the port in `--port`, for a listener that is not at descriptor 3. */
  readonly descriptor?: `=${number}`;
  readonly open?: (port: number) => Client;
  /** Whether its page /slow takes its time. */
  readonly slow?: boolean;
  /** How many requests it may lose by its own fault each time that it is told to finish, and why, in docs/servers.md. */
  readonly mayLose?: number;
};

/**
 * By the default way a worker is ready once it has lived for --interval. Those with processes of their own took
 * 0.1 to 0.6 s until they answered. Where a busy machine makes it longer, requests wait in the listener's queue.
 */
const SLOW = '--interval=1';
const QUICK = '--interval=0.3';

/** On TERM their children end at once, with whatever they were answering; on QUIT they finish it. */
const QUIT = ['--signal-on-hup=QUIT', '--signal-on-term=QUIT'];
const USR1 = ['--signal-on-hup=USR1', '--signal-on-term=USR1'];

/** Makes a program that was written for systemd's socket activation take descriptor 3. */
const ACTIVATED = ['sh', '-c', 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', 'sh'];

/** Not a byte of a Python program may be written into this repository. */
const PYTHON = {PYTHONDONTWRITEBYTECODE: '1'};

export const SERVERS: readonly Server[] = [
  {
    name: 'Starman',
    needs: ['starman', 'Net::Server::SS::PreFork'],
    ready: 'interval',
    args: [SLOW, ...QUIT],
    // Otherwise it serves before its children load the application, and a broken release replaces a good one.
    program: ['starman', '--workers=2', '--preload-app', example('app.psgi')],
    slow: true,
    // A child that is told to finish between accept(2) and the line that notes the connection resets it.
    mayLose: 2,
  },
  {
    name: 'Net::Server::SS::PreFork',
    needs: ['perl', 'Net::Server::SS::PreFork'],
    ready: 'interval',
    args: [SLOW, ...QUIT],
    program: ['perl', example('prefork.pl')],
    mayLose: 2,
  },
  {
    name: 'gunicorn',
    needs: ['gunicorn'],
    ready: 'notify',
    args: [`--dir=${example('.')}`],
    // Otherwise it says that it is ready before its workers load the application.
    program: ['gunicorn', '--bind=fd://3', '--workers=2', '--preload', 'wsgi:application'],
    env: PYTHON,
    slow: true,
  },
  {
    name: 'uvicorn',
    // It closes connections that it has accepted and not read from. Each client can have one.
    mayLose: CLIENTS,
    needs: ['uvicorn'],
    ready: 'notify',
    args: [`--dir=${example('.')}`],
    program: ['uvicorn', '--fd=3', '--log-level=warning', 'asgi:application'],
    env: PYTHON,
    slow: true,
  },
  {
    name: 'Puma',
    needs: ['puma'],
    ready: 'fd',
    args: [`--dir=${example('.')}`],
    program: [...ACTIVATED, 'puma', '-I', '.', '-C', 'puma.rb', '--quiet', 'config.ru'],
    slow: true,
  },
  {
    name: 'nginx',
    needs: ['nginx'],
    ready: 'exec=test -s nginx.$SERVER_STARTER_GENERATION/pid',
    args: QUIT,
    program: ['perl', example('nginx.pl')],
  },
  {
    name: 'HAProxy',
    needs: ['haproxy'],
    ready: 'notify',
    args: USR1,
    program: ['haproxy', '-Ws', '-q', '-f', example('haproxy.cfg')],
  },
  {
    name: 'a static program in C',
    needs: ['cc'],
    ready: 'fd',
    prepare: ['cc', '-static', '-O2', '-Wall', '-Wextra', '-o', 'hello', example('hello.c')],
    program: ['./hello'],
    slow: true,
  },
  {
    name: "Node's http",
    needs: [],
    ready: 'fd',
    program: HELLO,
  },
  {
    name: "Node's http2",
    needs: [],
    ready: 'fd',
    program: [process.execPath, compiled('http2.js')],
    open: h2c,
    slow: true,
  },
  {
    name: 'a server that expects LISTEN_FDS',
    needs: ['python3'],
    ready: 'notify',
    program: [...ACTIVATED, 'python3', example('listen-fds.py')],
    slow: true,
  },
  {
    name: 'a plain accept loop in Perl',
    needs: ['perl', 'Server::Starter'],
    ready: 'interval',
    args: [QUICK],
    program: ACCEPT_LOOP,
  },
  {
    name: 'a plain accept loop on descriptor 0',
    needs: ['perl', 'Server::Starter'],
    ready: 'interval',
    args: [QUICK],
    descriptor: '=0',
    program: ACCEPT_LOOP,
  },
];
