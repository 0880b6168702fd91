/** Third-party servers, run under ssd as their users run them: by the command lines of docs/servers.md. */
import type {Client} from '../helpers/clients/exchange.js';
import {fastcgi} from '../helpers/clients/fastcgi-client.js';
import {h2c} from '../helpers/clients/http2-client.js';
import {CLIENTS} from '../helpers/clients/traffic.js';

export type Server = {
  /** The row of the table that has its command line. */
  readonly name: string;
  /** Programs, and Perl modules, without which it is skipped. */
  readonly needs: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly open?: (port: number) => Client;
  /** Whether its page /slow takes its time. */
  readonly slow?: boolean;
  /** How many requests it may lose by its own fault each time that it is told to finish, and why, in docs/servers.md. */
  readonly mayLose?: number;
  /** Whether it passes requests on, to port 8081 in its command line. */
  readonly proxies?: boolean;
  /** Whether it starts although what it serves cannot be loaded, so that there is nothing to refuse. */
  readonly loadsNothing?: boolean;
};

/** Not a byte of a Python program may be written into this repository. */
const PYTHON = {PYTHONDONTWRITEBYTECODE: '1'};

export const SERVERS: readonly Server[] = [
  // A child that is told to finish between accept(2) and the line that notes the connection resets it.
  {name: 'Starman', needs: ['starman', 'Net::Server::SS::PreFork'], slow: true, mayLose: 2},
  {name: 'Net::Server::SS::PreFork', needs: ['perl', 'Net::Server::SS::PreFork'], mayLose: 2},
  {name: 'gunicorn', needs: ['gunicorn'], env: PYTHON, slow: true},
  {name: 'uWSGI', needs: ['uwsgi_python3'], env: PYTHON, slow: true},
  // It closes connections that it has accepted and not read from: of each client there can be one.
  {name: 'uvicorn', needs: ['uvicorn'], env: PYTHON, slow: true, mayLose: CLIENTS},
  {name: 'Puma', needs: ['puma'], slow: true},
  {name: 'unicorn', needs: ['unicorn'], slow: true},
  {name: 'nginx', needs: ['nginx']},
  {name: 'nghttpx', needs: ['nghttpx'], slow: true, proxies: true, loadsNothing: true},
  {name: 'HAProxy', needs: ['haproxy']},
  {name: 'PHP-FPM', needs: ['php-fpm8.2'], open: fastcgi, slow: true, loadsNothing: true},
  {name: 'FastCGI in Perl', needs: ['perl', 'FCGI'], open: fastcgi, slow: true},
  {name: 'Java', needs: ['java', 'javac'], slow: true},
  {name: 'C', needs: ['cc'], slow: true},
  {name: 'Node http', needs: []},
  {name: 'Node http2', needs: [], open: h2c, slow: true},
  {name: 'Node with tsx', needs: []},
  {name: 'Python for LISTEN_FDS', needs: ['python3'], slow: true},
  {name: 'Perl accept loop', needs: ['perl', 'Server::Starter']},
  {name: 'Perl accept loop at 0', needs: ['perl', 'Server::Starter']},
];
