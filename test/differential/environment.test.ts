/** What a worker finds in its environment, at the first start and at later ones. */
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {type Differential, differentials} from './stage/compare.js';
import type {Daemon, Stage, Witness} from './stage/stage.js';

/** Before the superdaemon: with these variables and no other. */
const withOnly = (...variables: readonly string[]) => {
  const kept = ['PATH', 'SSD_TEST_CONDUCTOR'].map(name => `${name}="$${name}"`).join(' ');
  return ['/bin/sh', '-c', `exec env -i ${kept} "$@"`, 'sh', ...variables];
};

function variablesOf({env}: Witness): Record<string, string> {
  const {PATH: _path, SSD_TEST_CONDUCTOR: _conductor, NOTIFY_SOCKET: socket, ...rest} = env;
  if (socket === undefined) return rest;
  return {...rest, NOTIFY_SOCKET: /\/ssd-notify-\w+\/socket$/.test(socket) ? OWN_SOCKET : socket};
}

const OWN_SOCKET = 'that of ssd';

/** Variables that do not concern start_server. */
const shared = (worker: Witness) =>
  Object.fromEntries(Object.entries(variablesOf(worker)).filter(([name]) => !isOwn(name)));

function isOwn(name: string): boolean {
  return name.startsWith('SSD_') || name === 'NOTIFY_SOCKET';
}

/** What a restart gives, when the old worker is gone. */
async function restarted(stage: Stage, daemon: Pick<Daemon, 'signal'>, old: Witness) {
  await daemon.signal('SIGHUP');
  const worker = await stage.nextWorker();
  await old.gone;
  return worker;
}

const OWN_VARIABLES = {
  NOTIFY_SOCKET: OWN_SOCKET,
  SSD_NOTIFY: 'status',
  SSD_SOCKET_TYPES: '',
  SSD_WORKER_INDEX: '0',
  SSD_WORKERS: '1',
};
const OF_A_MANAGER = [
  'NOTIFY_SOCKET',
  'WATCHDOG_USEC',
  'LISTEN_FDS',
  'LISTEN_FDNAMES',
  'LISTEN_PID',
  'WATCHDOG_PID',
];

const basics: Differential[] = [
  {
    title: 'the whole environment, without listeners',
    scenario: async stage => {
      const through = withOnly(
        'KEPT=a=b c',
        'EMPTY=',
        'SERVER_STARTER_GENERATION=7',
        'SERVER_STARTER_PORT=1=1',
      );
      const daemon = stage.start(['--interval=0'], {through});
      const variables = variablesOf(await stage.nextWorker());
      await stage.stop(daemon);
      return variables;
    },
    intended: Object.fromEntries(
      Object.entries(OWN_VARIABLES).map(([name, ssd]) => [
        name,
        {row: 'own-variables', startServer: undefined, ssd} as const,
      ]),
    ),
  },
  {
    title: 'what a service manager says to the superdaemon',
    scenario: async stage => {
      const daemon = stage.start(['--interval=0'], {
        through: withOnly(...OF_A_MANAGER.map(name => `${name}=1`)),
      });
      const worker = await stage.nextWorker();
      const {NOTIFY_SOCKET} = variablesOf(worker);
      await stage.stop(daemon);
      return {...shared(worker), NOTIFY_SOCKET};
    },
    intended: Object.fromEntries(
      OF_A_MANAGER.map(name => {
        const ssd = name === 'NOTIFY_SOCKET' ? OWN_SOCKET : undefined;
        return [name, {row: 'service-manager', startServer: '1', ssd} as const];
      }),
    ),
  },
  {
    title: 'generations are counted through restarts and losses, and the listeners stay',
    scenario: async stage => {
      const daemon = stage.start([
        '--interval=0',
        ...['A=20', '[::1]:B=21'].map(spec => `--port=${stage.ports(spec)}`),
      ]);
      const first = await stage.nextWorker();
      const second = await restarted(stage, daemon, first);
      second.die('SIGKILL');
      const third = await stage.nextWorker();
      const fourth = await restarted(stage, daemon, third);
      await stage.stop(daemon);
      return {environments: [first, second, third, fourth].map(shared).map(essential)};
    },
  },
  {
    title: 'options are told as variables, and variables stand for options',
    scenario: async stage => {
      const args = [
        '--envdir=none',
        '--kill-old-delay=0',
        '--enable-auto-restart',
        '--auto-restart-interval=600',
      ];
      const daemon = stage.start(['--interval=0', ...args], {through: withOnly('KILL_OLD_DELAY=3')});
      const first = await stage.nextWorker();
      const second = await restarted(stage, daemon, first);
      await stage.stop(daemon);
      return {environments: [first, second].map(shared)};
    },
  },
  {
    title: 'the default interval of automatic restarts',
    scenario: async stage => {
      const args = ['--interval=0', '--kill-old-delay=0', '--enable-auto-restart'];
      const daemon = stage.start(args, {through: withOnly()});
      const first = await stage.nextWorker();
      const second = await restarted(stage, daemon, first);
      await stage.stop(daemon);
      return {first: shared(first), toldToTheSecond: shared(second).AUTO_RESTART_INTERVAL ?? 'nothing'};
    },
    intended: {toldToTheSecond: {row: 'tunables', startServer: '360', ssd: 'nothing'}},
  },
];

const essential = (variables: Record<string, string>) =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => name.startsWith('SERVER_STARTER_')));

const FILES: Readonly<Record<string, string>> = {
  PLAIN: 'one\n',
  BARE: 'without a newline',
  LINES: 'first\nsecond\n',
  SPACED: '  a  b \t\n',
  RETURN: 'dos\r\n',
  UTF: 'grüße\n',
  NEWLINE: '\n',
  EMPTY: '',
  '.HIDDEN': 'no\n',
  OVER: 'from the envdir\n',
  EMPTIED: 'before\n',
  CHANGED: 'before\n',
  REMOVED: 'before\n',
  COVERED: 'before\n',
};

const envdir: Differential = {
  title: 'values of the envdir: as they are, and changed, emptied, added and removed at a restart',
  scenario: async stage => {
    const file = (name: string) => stage.path(`env/${name}`);
    mkdirSync(file('DIRECTORY'), {recursive: true});
    for (const [name, text] of Object.entries(FILES)) writeFileSync(file(name), text);
    const through = withOnly(
      'OVER=outside',
      'COVERED=outside',
      'EMPTY=outside',
      'EMPTIED=outside',
      'ADDED=outside',
    );
    const daemon = stage.start(['--interval=0', '--envdir=env'], {through});
    const first = await stage.nextWorker();
    writeFileSync(file('CHANGED'), 'after\n');
    writeFileSync(file('ADDED'), 'after\n');
    writeFileSync(file('EMPTIED'), '');
    for (const name of ['REMOVED', 'COVERED']) rmSync(file(name));
    const second = await restarted(stage, daemon, first);
    const {REMOVED = 'not set', COVERED, EMPTIED, ...rest} = shared(second);
    return {first: shared(first), REMOVED, COVERED, EMPTIED, rest, ...(await stage.stop(daemon))};
  },
  intended: {
    REMOVED: {row: 'envdir-removed', startServer: 'before', ssd: 'not set'},
    COVERED: {row: 'envdir-removed', startServer: 'before', ssd: 'outside'},
    EMPTIED: {row: 'envdir-removed', startServer: 'before', ssd: 'outside'},
  },
};

differentials([...basics, envdir]);
