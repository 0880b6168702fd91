/** A client of FastCGI that opens a connection for every request, as web servers do by default. */
import net from 'node:net';
import {type Client, type Exchange, failedBy, judgeBody} from './exchange.js';

const BEGIN_REQUEST = 1;
const END_REQUEST = 3;
const PARAMS = 4;
const STDIN = 5;
const STDOUT = 6;
const RESPONDER = 1;

export function fastcgi(port: number): Client {
  return {exchange: path => exchange(port, path), close: () => {}};
}

function exchange(port: number, path: string): Promise<Exchange> {
  return new Promise(resolve => {
    const chunks: Buffer[] = [];
    let error: NodeJS.ErrnoException | null = null;
    const socket = net.connect({port, host: '127.0.0.1'}, () => void socket.write(request(path)));
    socket.on('data', chunk => chunks.push(chunk));
    socket.on('error', cause => {
      error = cause;
    });
    socket.on('close', () => {
      const received = Buffer.concat(chunks);
      resolve(error ? failedBy(error, received.toString('latin1')) : judge(received));
    });
  });
}

function request(path: string): Buffer {
  const parameters = {REQUEST_METHOD: 'GET', REQUEST_URI: path, SCRIPT_FILENAME: 'index.php'};
  return Buffer.concat([
    record(BEGIN_REQUEST, Buffer.from([0, RESPONDER, 0, 0, 0, 0, 0, 0])),
    record(PARAMS, Buffer.concat(Object.entries(parameters).map(([name, value]) => pair(name, value)))),
    record(PARAMS),
    record(STDIN),
  ]);
}

/** Version 1, the request with the number 1. */
function record(type: number, content = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.from([1, type, 0, 1, 0, content.length, 0, 0]), content]);
}

function pair(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([name.length, value.length]), Buffer.from(name + value)]);
}

function judge(received: Buffer): Exchange {
  let output = '';
  let hasEnded = false;
  let at = 0;
  while (at + 8 <= received.length) {
    const type = received[at + 1];
    const length = received.readUInt16BE(at + 4);
    if (type === STDOUT) output += received.toString('latin1', at + 8, at + 8 + length);
    if (type === END_REQUEST) hasEnded = true;
    at += 8 + length + (received[at + 6] ?? 0);
  }
  if (!hasEnded) return {outcome: 'cutShort', problem: JSON.stringify(output)};
  return judgeBody(output.slice(output.indexOf('\r\n\r\n') + 4));
}
