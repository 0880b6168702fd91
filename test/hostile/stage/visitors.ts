/** What clients of an attack have in common: they come, are hung up on, and come back. */
import net from 'node:net';

/** A client that was hung up on comes back after this long, give or take half of it. */
const RETURN_MS = 4000;

type Act = (socket: net.Socket) => void;

export type Visitors = {
  /** So many clients connect, and do that whenever they are connected. */
  readonly visits: (count: number, act: Act) => void;
};

/** Says `under way` on standard error when each client has been connected once. */
export function createVisitors(address: net.NetConnectOpts): Visitors {
  let missing = 0;
  const arrive = () => {
    missing -= 1;
    if (missing === 0) console.error('under way');
  };
  return {
    visits: (count, act) => {
      missing += count;
      for (let started = 0; started < count; started += 1) visit(address, act, arrive);
    },
  };
}

/** Connects, and later again whenever it is hung up on. */
function visit(address: net.NetConnectOpts, act: Act, onFirst = () => {}): void {
  const socket = net.connect({...address, allowHalfOpen: true});
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
    if (!welcome) setTimeout(() => visit(address, act, onFirst), 50);
    else setTimeout(() => visit(address, act), RETURN_MS * (0.5 + Math.random()));
  });
}

/** Writes the same again and again, as fast as it is taken. */
export function pour(socket: net.Socket, text: string | Buffer): void {
  const write = () => {
    while (!socket.destroyed && socket.write(text));
  };
  socket.on('drain', write);
  write();
}

/** Writes a byte of it at a time, again and again. */
export function drip(socket: net.Socket, text: string, everyMs: number): void {
  let sent = 0;
  const timer = setInterval(() => {
    socket.write(text.charAt(sent % text.length));
    sent += 1;
  }, everyMs);
  socket.on('close', () => clearInterval(timer));
}
