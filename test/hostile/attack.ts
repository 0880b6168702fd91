/** `attack.js CONTROL KIND|all`: a process of hostile clients that runs until it is killed. */
import {createVisitors, drip, pour} from './stage/visitors.js';

const [control = '', kind = ''] = process.argv.slice(2);
const {visits} = createVisitors({path: control});

const request = (id: number, method: string, params?: object) =>
  `${JSON.stringify({jsonrpc: '2.0', id, method, params})}\n`;

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
      drip(socket, request(1, 'status'), 20);
      socket.resume();
    }),
};

for (const [name, attack] of Object.entries(attacks)) if (kind === name || kind === 'all') attack();
