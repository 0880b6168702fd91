/** `attack.js CONTROL KIND`: a process of hostile clients, which go on until it is killed. */
import net from 'node:net';

const [control = '', kind = ''] = process.argv.slice(2);

const request = (id: number, method: string, params?: object) =>
  `${JSON.stringify({jsonrpc: '2.0', id, method, params})}\n`;

const RETURN_MS = 1000;

/** Connects, and a second later again whenever it is hung up on. */
function visit(act: (socket: net.Socket) => void): void {
  const socket = net.connect({path: control, allowHalfOpen: true});
  socket.on('error', () => {});
  socket.on('connect', () => act(socket));
  socket.on('end', () => socket.destroy());
  socket.on('close', () => setTimeout(() => visit(act), RETURN_MS));
}

function visits(count: number, act: (socket: net.Socket) => void): void {
  for (let started = 0; started < count; started += 1) visit(act);
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

attacks[kind]?.();
setTimeout(() => console.error('under way'), 200);
