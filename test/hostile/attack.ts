/** `attack.js CONTROL KIND|all`: a process of hostile clients that runs until it is killed. */
import net from 'node:net';

const [control = '', kind = ''] = process.argv.slice(2);

const request = (id: number, method: string, params?: object) =>
  `${JSON.stringify({jsonrpc: '2.0', id, method, params})}\n`;

/** A client that was hung up on comes back after this long, give or take half of it. */
const RETURN_MS = 4000;

let missing = 0;

/** Connects, and later again whenever it is hung up on. */
function visit(act: (socket: net.Socket) => void, onFirst = () => {}): void {
  const socket = net.connect({path: control, allowHalfOpen: true});
  socket.on('error', () => {});
  let welcome = false;
  socket.on('connect', () => {
    welcome = true;
    onFirst();
    act(socket);
  });
  socket.on('end', () => socket.destroy());
  socket.on('close', () => {
    // The backlog of a unix socket that is full is an error, not a wait.
    if (!welcome) setTimeout(() => visit(act, onFirst), 50);
    else setTimeout(() => visit(act), RETURN_MS * (0.5 + Math.random()));
  });
}

function visits(count: number, act: (socket: net.Socket) => void): void {
  missing += count;
  const arrive = () => {
    missing -= 1;
    if (missing === 0) console.error('under way');
  };
  for (let started = 0; started < count; started += 1) visit(act, arrive);
}

/** Writes the same again and again, as fast as it is taken. */
function pour(socket: net.Socket, text: string): void {
  const write = () => {
    while (!socket.destroyed && socket.write(text));
  };
  socket.on('drain', write);
  write();
}

const garbage = 'restart please\n{"jsonrpc":"2.0","id":1,"method":"nothing"}\n[]\n'.repeat(100);
const questions = Array.from({length: 50}, (_, id) => request(id, 'metrics')).join('');

const attacks: Readonly<Record<string, () => void>> = {
  'clients that pour out bad lines': () =>
    visits(4, socket => {
      socket.resume();
      pour(socket, garbage);
    }),
  'clients that ask and never read': () => visits(4, socket => pour(socket, questions)),
  '1,000 connections': () => visits(1000, socket => socket.resume()),
  'clients that write a byte at a time': () =>
    visits(50, socket => {
      let sent = 0;
      const text = request(1, 'status');
      const timer = setInterval(() => {
        socket.write(text.charAt(sent % text.length));
        sent += 1;
      }, 20);
      socket.resume();
      socket.on('close', () => clearInterval(timer));
    }),
};

for (const [name, attack] of Object.entries(attacks)) if (kind === name || kind === 'all') attack();
