/** What docs/servers.md says besides the command line of each server: tables, and commands, run as they are printed. */
import dgram from 'node:dgram';
import {once} from 'node:events';
import {chmodSync, chownSync, readFileSync, writeFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import WebSocket from 'ws';
import {createKitchen} from '../examples/recipes.js';
import {Mailbox, watched} from '../helpers/mailbox.js';
import {needs} from '../helpers/programs.js';
import {asRoot} from '../helpers/root.js';
import {askHttp, freeLowPort} from '../helpers/sockets.js';
import {COMMANDS, commandLine, layModules, ROWS, tableOf} from './command-lines.js';

const WWW_DATA = 33;
const NET_BIND_SERVICE = 1n << 10n;

const WEBSOCKETS = 'WebSockets that linger';
const UDP = 'UDP with sessions';
const TYPESCRIPT = 'npm and tsx';
const CAPABILITIES = 'A port below 1024 without root';

const lines = (name: string) => commandLine(name, {port: 8080, backend: 8081});

test('every section with commands has a test', t => {
  t.deepEqual([...COMMANDS.keys()], [WEBSOCKETS, UDP, TYPESCRIPT, CAPABILITIES]);
});

test('the table of signals is that of the command lines, which are restarted and stopped under traffic', t => {
  const signalOf = (option: string, {options}: ReturnType<typeof lines>) =>
    options.find(word => word.startsWith(`${option}=`))?.split('=')[1] ?? 'TERM';
  const inTable = tableOf('Which signal is graceful').flatMap(([signal, servers = '']) =>
    servers.split(', ').map(name => [name, signal, signal]),
  );
  const inLines = ROWS.map(name => {
    const line = lines(name);
    return [name, signalOf('--signal-on-hup', line), signalOf('--signal-on-term', line)];
  });
  t.deepEqual(inTable.sort(), inLines.sort());
});

test('what the table gives a server that takes sockets in its own way is in a command line that is tried', t => {
  const given = tableOf('Servers that take sockets in their own way').map(
    ([, cell = '']) => /`([^`]+)`/.exec(cell)?.[1] ?? '',
  );
  t.is(given.length, 6);
  const printed = ROWS.map(lines).map(({options, program}) => [...options, '--', ...program].join(' '));
  for (const text of given)
    t.true(
      printed.some(line => line.includes(text.replaceAll("'", ''))),
      text,
    );
});

test('an old generation keeps its WebSockets, and ends when the last has gone', async t => {
  const {kitchen, ssd} = await serve(t, WEBSOCKETS);
  const old = await openWebSocket(t, kitchen.port);
  t.is(await old.next(), 'generation 1: hello');
  t.is((await kitchen.run('ssctl restart --until=ready')).code, 0);
  await ssd.line(/sending TERM to generation 1/);

  old.socket.send('still there?');
  t.is(await old.next(), 'generation 1: still there?');
  old.socket.close();
  await ssd.line(/restart completed: generation 2 replaced 1/);
  const young = await openWebSocket(t, kitchen.port);
  t.is(await young.next(), 'generation 2: hello');
});

test('an old generation sends the WebSockets away that outstay their time', async t => {
  const {kitchen, ssd} = await serve(t, WEBSOCKETS, 'env GRACE_MS=1 ');
  const old = await openWebSocket(t, kitchen.port);
  t.is(await old.next(), 'generation 1: hello');
  const closed = once(old.socket, 'close');
  t.is((await kitchen.run('ssctl restart')).code, 0);
  const [code] = await watched(closed, () => 'the WebSocket is still open');
  t.is(code, 1012);
  await ssd.line(/restart completed: generation 2 replaced 1/);
});

needs('python3')('a UDP session stays with its generation, and a new one begins with the next', async t => {
  const {kitchen, ssd} = await serve(t, UDP);
  const [first, second] = [openUdp(t, kitchen.port), openUdp(t, kitchen.port)];
  t.is(await first('hello'), 'generation 1, datagram 1');
  t.is((await kitchen.run('ssctl restart --until=ready')).code, 0);
  await ssd.line(/no new sessions/);

  t.is(await second('hello'), 'generation 2, datagram 1');
  t.is(await first('still there?'), 'generation 1, datagram 2');
  t.is(await first('bye'), 'generation 1, datagram 3');
  await ssd.line(/restart completed: generation 2 replaced 1/);
  t.is(await first('hello'), 'generation 2, datagram 1');
});

test('TypeScript is served as the page says, and not by what starts Node as a child', async t => {
  const {kitchen, ssd} = await serve(t, TYPESCRIPT);
  t.regex(await askHttp(kitchen.port), /generation 1, pid \d+\n$/);
  ssd.kill('SIGTERM');
  await ssd.exit();
  writeFileSync(
    `${kitchen.folder}/package.json`,
    '{"type": "module", "scripts": {"start": "node hello.js"}}',
  );
  for (const program of ['npm start', 'npx tsx hello.ts', 'node_modules/.bin/tsx hello.ts']) {
    const wrong = kitchen.ssd(`ssd --port=8080 --ready=fd --capture-stderr -- ${program}`);
    t.regex(await wrong.line(/attempt 1 failed/), /hint: the server does not have its descriptors/, program);
    wrong.kill('SIGTERM');
    await wrong.exit();
  }
});

const accepting = needs('perl', 'Server::Starter', 'setpriv');

asRoot(
  'ssd runs as another user with the right to bind low ports, and its worker without that',
  async t => {
    const [line = ''] = COMMANDS.get(CAPABILITIES) ?? [];
    const {ssd, worker} = await runAtLowPort(t, line);
    t.deepEqual(ssd, {uid: WWW_DATA, mayBind: true});
    t.deepEqual(worker, {uid: WWW_DATA, mayBind: false});
  },
  accepting,
);

asRoot(
  'ssd stays root, and its worker is another user without rights',
  async t => {
    const [, line = ''] = COMMANDS.get(CAPABILITIES) ?? [];
    const {ssd, worker} = await runAtLowPort(t, line);
    t.deepEqual(ssd, {uid: 0, mayBind: true});
    t.deepEqual(worker, {uid: WWW_DATA, mayBind: false});
  },
  accepting,
);

/** Runs the command of a section, with a port of the test. */
async function serve(t: ExecutionContext, section: string, before = '') {
  const kitchen = await createKitchen(t, 'servers');
  layModules(kitchen.folder);
  const [line = ''] = COMMANDS.get(section) ?? [];
  const ssd = kitchen.ssd(before + line.replaceAll('8080', `${kitchen.port}`));
  await ssd.line(/generation 1 is ready/);
  return {kitchen, ssd};
}

/** At a port that only root may bind, in the place of 80. @returns who ssd and its worker are, and whether they may bind low ports */
async function runAtLowPort(t: ExecutionContext, line: string) {
  const kitchen = await createKitchen(t, 'servers');
  const {rig} = kitchen;
  const low = await freeLowPort();
  chownSync(rig.directory, WWW_DATA, WWW_DATA);
  chmodSync(rig.directory, 0o755);
  // The user may read everything besides, for the checkout can lie where only root may enter.
  const readable = line.replaceAll('+net_bind_service', '+net_bind_service,+dac_read_search');
  const ssd = kitchen.ssd(readable.replace('--port=80 ', `--port=127.0.0.1:${low} `));
  await ssd.line(/generation 1 is ready/);
  t.regex(await askHttp(low), /generation 1, pid \d+\n$/);
  const {pid, generations} = JSON.parse((await kitchen.run('ssctl --json status')).stdout);
  const restarted = await kitchen.run('ssctl restart');
  t.is(restarted.code, 0, restarted.stderr);
  const {generations: next} = JSON.parse((await kitchen.run('ssctl --json status')).stdout);
  t.not(next[0].workers[0].pid, generations[0].workers[0].pid);
  return {ssd: rightsOf(pid), worker: rightsOf(next[0].workers[0].pid)};
}

function rightsOf(pid: number) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => new RegExp(`^${name}:\\s+(\\w+)`, 'm').exec(status)?.[1] ?? '';
  return {uid: Number(field('Uid')), mayBind: (BigInt(`0x${field('CapEff')}`) & NET_BIND_SERVICE) !== 0n};
}

async function openWebSocket(t: ExecutionContext, port: number) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  t.teardown(() => socket.terminate());
  const messages = new Mailbox<string>('a message of the server');
  socket.on('message', message => messages.put(String(message)));
  await watched(once(socket, 'open'), () => 'the WebSocket does not open');
  return {socket, next: () => messages.take()};
}

/** @returns sends a datagram and waits for the answer */
function openUdp(t: ExecutionContext, port: number): (text: string) => Promise<string> {
  const socket = dgram.createSocket('udp4');
  t.teardown(() => void socket.close());
  const answers = new Mailbox<string>('an answer over UDP');
  socket.on('message', message => answers.put(String(message)));
  return text => {
    socket.send(text, port, '127.0.0.1');
    return answers.take();
  };
}
