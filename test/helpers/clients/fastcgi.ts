/** As much of FastCGI as asks php-fpm for a page. */
import net from 'node:net';
import {watched} from '../mailbox.js';

const [BEGIN, PARAMS, STDIN] = [1, 4, 5];
const RESPONDER = Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]);

/** All that the server behind an address sends for a page, its records included. */
export function askFastCgi(target: net.NetConnectOpts, page: string): Promise<string> {
  const params = {SCRIPT_NAME: page, SCRIPT_FILENAME: page, REQUEST_METHOD: 'GET'};
  const answer = new Promise<string>((resolve, reject) => {
    const socket = net.connect(target);
    let received = '';
    socket.setEncoding('latin1');
    socket.on('data', chunk => {
      received += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
    const pairs = Object.entries(params).map(([name, value]) => pair(name, value));
    socket.write(record(BEGIN, RESPONDER));
    socket.write(record(PARAMS, Buffer.concat(pairs)));
    socket.write(record(PARAMS, Buffer.alloc(0)));
    socket.write(record(STDIN, Buffer.alloc(0)));
  });
  return watched(answer, () => `no answer from ${JSON.stringify(target)}`);
}

function record(type: number, content: Buffer): Buffer {
  const header = Buffer.from([1, type, 0, 1, content.length >> 8, content.length & 0xff, 0, 0]);
  return Buffer.concat([header, content]);
}

function pair(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([name.length, value.length]), Buffer.from(name + value)]);
}
