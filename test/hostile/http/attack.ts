/** `attack.js PORT KIND|all`: a process of hostile clients of HTTP that runs until it is killed. */
import {createVisitors, drip, pour} from '../stage/visitors.js';
import {KINDS, type Kind} from './kinds.js';

const [port = '', wanted = ''] = process.argv.slice(2);
const visitors = createVisitors({port: Number(port), host: '127.0.0.1', noDelay: true});
/** All at once are a quarter of each: 135 clients, and as many connections as there may be. */
const PART = wanted === 'all' ? 4 : 1;
const visits: typeof visitors.visits = (count, act) => visitors.visits(count / PART, act);

const LINE_END = '\r\n';
const ask = (line: string, ...headers: readonly string[]) =>
  [`${line} HTTP/1.1`, 'Host: localhost', ...headers, '', ''].join(LINE_END);
const GARBAGE = Buffer.from('16030100c8010000c4030300ff0d0a0d0a00474554202f\0', 'latin1');
const BODY = 'x'.repeat(64 * 1024);

const ATTACKS: Readonly<Record<Kind, () => void>> = {
  'clients that send a head byte by byte': () =>
    visits(100, socket => drip(socket.resume(), `GET /readyz HTTP/1.1${LINE_END}X: ${BODY}`, 200)),
  'clients that send half a request': () =>
    visits(100, socket => socket.resume().write(`GET /readyz HTTP/1.1${LINE_END}Host: loc`)),
  'clients that follow the events and never read': () =>
    visits(48, socket => socket.write(ask('GET /events'))),
  'clients that ask and never read': () =>
    visits(20, socket => pour(socket, `${ask('GET /status.json')}${ask('GET /metrics')}`)),
  'heads without an end': () =>
    visits(20, socket => pour(socket.resume(), `GET / HTTP/1.1${LINE_END}X: ${BODY}`)),
  'pipelines without an end': () => visits(20, socket => pour(socket.resume(), ask('GET /livez'))),
  'clients that ask 3,000 things at once and never read': () =>
    visits(100, socket => {
      const path = Math.random() < 0.5 ? '/livez' : '/metrics';
      socket.write(ask(`GET ${path}`).repeat(3000));
    }),
  'clients that ask at once when they are answered': () =>
    visits(52, socket => {
      const again = () => socket.write(ask('GET /status.json'));
      socket.on('data', again);
      again();
    }),
  'bytes that are no HTTP': () => visits(20, socket => pour(socket.resume(), GARBAGE)),
  'methods that there are not': () =>
    visits(20, socket => {
      const lines = ['CONNECT localhost:1', 'BREW /coffee', 'POST /restart', 'OPTIONS *', 'GET http://['];
      socket.resume().write(ask(lines[Math.floor(Math.random() * lines.length)] ?? ''));
    }),
  'bodies without an end': () =>
    visits(20, socket => {
      socket.resume().write(ask('POST /livez', 'Content-Length: 999999999999'));
      pour(socket, BODY);
    }),
  'chunks without an end': () =>
    visits(20, socket => {
      socket.resume().write(ask('GET /livez', 'Transfer-Encoding: chunked', 'Expect: 100-continue'));
      pour(socket, `1;${'e'.repeat(1000)}${LINE_END}x${LINE_END}`);
    }),
  '1,000 connections': () => visits(1000, socket => socket.resume()),
};

for (const kind of KINDS) if (kind === wanted || wanted === 'all') ATTACKS[kind]();
