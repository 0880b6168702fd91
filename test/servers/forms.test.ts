/**
 * Each form of --fds-as with the server that wants it. Each has a TCP and a unix listener, and is restarted and stopped. A
 * server that had not found its listeners would bind their addresses, which ssd has, and end.
 */
import {existsSync, writeFileSync} from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import type {ExecutionContext} from 'ava';
import {askFastCgi} from '../helpers/clients/fastcgi.js';
import {watched} from '../helpers/mailbox.js';
import {needs} from '../helpers/programs.js';
import {createRig, INSTALLED, type Rig} from '../helpers/rig.js';
import {example} from '../helpers/servers.js';
import {freePort} from '../helpers/sockets.js';

type Place = {readonly rig: Rig; readonly port: number; readonly path: string};
type Ask = (target: net.NetConnectOpts) => Promise<string>;

type Case = {
  readonly form: string;
  readonly needs: readonly string[];
  /** Writes what it needs. @returns the program */
  readonly program: (place: Place) => readonly string[] | Promise<readonly string[]>;
  readonly args?: readonly string[];
  readonly ask?: Ask;
  /** Where it listens, if not at a TCP port and a unix socket: as for --port or --path, and for a client. */
  readonly at?: (place: Place) => readonly (readonly [string, net.NetConnectOpts])[];
  /** It does not say which generation it is. */
  readonly nameless?: true;
};

const QUIT = ['--signal-on-hup=QUIT', '--signal-on-term=QUIT'];

/** The configuration of php-fpm. */
function fpm(rig: Rig, listens: readonly string[]): readonly string[] {
  const pools = listens.map(
    (listen, nth) =>
      `[pool${nth}]\nuser = nobody\nlisten = ${listen}\npm = static\npm.max_children = 1\n` +
      // biome-ignore lint/suspicious/noTemplateCurlyInString: php-fpm puts the variable there.
      'ping.path = /ping\nping.response = "generation ${SERVER_STARTER_GENERATION}, "\n',
  );
  writeFileSync(rig.path('fpm.conf'), `[global]\nerror_log = /dev/stderr\n${pools.join('')}`);
  return ['php-fpm8.2', '-F', '-R', '-y', rig.path('fpm.conf')];
}

const CASES: readonly Case[] = [
  {
    form: 'unicorn',
    needs: ['unicorn'],
    args: QUIT,
    program: ({rig, port, path}) => {
      const listen = `listen '127.0.0.1:${port}'\nlisten '${path}'\n`;
      writeFileSync(rig.path('unicorn.rb'), `preload_app true\n${listen}`);
      return ['unicorn', '-c', 'unicorn.rb', example('config.ru')];
    },
  },
  {
    form: 'puma',
    needs: ['puma'],
    program: ({port, path}) => {
      const binds = ['-b', `tcp://127.0.0.1:${port}`, '-b', `unix://${path}`];
      return ['puma', '--quiet', ...binds, example('config.ru')];
    },
  },
  {
    form: 'nginx',
    needs: ['nginx'],
    args: QUIT,
    program: ({rig, port, path}) => {
      const listen = `listen 127.0.0.1:${port}; listen unix:${path};`;
      const server = `server { ${listen} return 200 "generation GENERATION, pid $pid\\n"; }`;
      const http = `http { access_log off; ${server} }`;
      const common = 'daemon off; pid nginx.GENERATION; error_log stderr warn; events {}';
      writeFileSync(rig.path('nginx.conf'), `${common} ${http}`);
      const write =
        'sed "s/GENERATION/$SERVER_STARTER_GENERATION/g" nginx.conf > conf.$SERVER_STARTER_GENERATION';
      return ['sh', '-c', `${write}; exec nginx -e stderr -p . -c conf.$SERVER_STARTER_GENERATION`];
    },
  },
  {
    form: 'php-fpm',
    needs: ['php-fpm8.2'],
    args: QUIT,
    ask: target => askFastCgi(target, '/ping'),
    at: ({port}) => [
      [`127.0.0.1:${port}`, {host: '127.0.0.1', port}],
      [`[::1]:${port}`, {host: '::1', port}],
    ],
    program: ({rig, port}) => fpm(rig, [`127.0.0.1:${port}`, `[::1]:${port}`]),
  },
  {
    // It removes the path that it knows, when it ends.
    form: 'FPM_SOCKETS={address}.fpm={fd}[,]',
    needs: ['php-fpm8.2'],
    args: QUIT,
    ask: target => askFastCgi(target, '/ping'),
    at: ({path}) => [[path, {path}]],
    program: ({rig, path}) => fpm(rig, [`${path}.fpm`]),
  },
  {
    form: 'nghttpx',
    needs: ['nghttpx'],
    nameless: true,
    program: async ({port, path}) => {
      const backend = await startBackend();
      const fronts = [`--frontend=127.0.0.1,${port};no-tls`, `--frontend=unix:${path};no-tls`];
      const quiet = ['--conf=/dev/null', '--accesslog-file=/dev/null'];
      return ['nghttpx', ...fronts, `--backend=127.0.0.1,${backend}`, ...quiet];
    },
  },
];

for (const one of CASES)
  needs(...one.needs)(`${one.form} takes its listeners with --fds-as=${one.form}, at every restart`, t =>
    runAndRestart(t, one),
  );

function atBoth({port, path}: Place): readonly (readonly [string, net.NetConnectOpts])[] {
  return [
    [`127.0.0.1:${port}`, {host: '127.0.0.1', port}],
    [path, {path}],
  ];
}

async function runAndRestart(
  t: ExecutionContext,
  {form, program, args = [], ask = askHttp, at = atBoth, nameless}: Case,
) {
  const rig = await createRig(t);
  const place = {rig, port: await freePort(), path: rig.path('socket')};
  const targets = at(place);
  const listeners = targets.map(([address]) => (address === place.path ? '--path=' : '--port=') + address);
  const options = [...listeners, `--fds-as=${form}`, ...args];
  const ssd = rig.ssd(['--interval=1', '--capture-stderr', ...options], await program(place));
  await ssd.line(/generation 1 is ready/);
  const say = async (generation: number) => {
    for (const [, target] of targets) {
      const answer = await ask(target);
      t.regex(answer, nameless ? /backend/ : new RegExp(`generation ${generation}, `));
    }
  };
  await say(1);
  ssd.kill('SIGHUP');
  await ssd.line(/restart completed: generation 2 replaced 1/);
  await say(2);
  for (const [address] of targets)
    if (address === place.path) t.true(existsSync(address), 'the path belongs to ssd');
  ssd.kill('SIGTERM');
  t.deepEqual(await ssd.exit(), {code: 0, signal: null}, ssd.stderr());
}

function askHttp(target: net.NetConnectOpts): Promise<string> {
  const answer = new Promise<string>((resolve, reject) => {
    const socket = net.connect(target);
    let received = '';
    socket.setEncoding('utf8');
    socket.on('data', chunk => {
      received += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  });
  return watched(answer, () => `no answer from ${JSON.stringify(target)}`);
}

/** @returns its port */
async function startBackend(): Promise<number> {
  const server = http.createServer((_, response) => response.end('backend\n'));
  server.unref();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as net.AddressInfo).port;
}

needs('puma')('Puma without --fds-as is told of it', async t => {
  const rig = await createRig(t);
  const port = await freePort();
  const program = ['puma', '-b', `tcp://127.0.0.1:${port}`, example('config.ru')];
  const ssd = rig.ssd([`--port=127.0.0.1:${port}`, '--interval=5', '--capture-stderr'], program);
  t.regex(await ssd.line(/attempt 1 failed/), /hint: the program binds the port itself; with --fds-as/);
});

needs('systemd-socket-activate')('what systemd passes is taken, and passed on', async t => {
  const rig = await createRig(t);
  const port = await freePort();
  const activate = ['systemd-socket-activate', `--listen=127.0.0.1:${port}`, '--fdname=web'];
  const show = ['sh', '-c', 'echo "$LISTEN_FDS $LISTEN_FDNAMES $SERVER_STARTER_PORT" >&2; exec sleep 1000'];
  const ssd = rig.start([
    ...activate,
    INSTALLED.ssd,
    `--control=${rig.control}`,
    '--listen-fds',
    '--',
    ...show,
  ]);
  await ssd.line(/Listening on/);
  // It starts the program when a client comes, who then waits for somebody to accept.
  const client = net.connect(port, '127.0.0.1').on('error', () => {});
  t.teardown(() => client.destroy());
  t.is(await ssd.line(/^1 /), '1 web web=3');
});
