/** How a worker finds listeners and a client reaches them, for every form of --port and --path. */
import {existsSync, linkSync, statSync} from 'node:fs';
import net from 'node:net';
import {answerOf} from '../helpers/sockets.js';
import {bound, listenersOf} from './stage/address.js';
import {differentials} from './stage/compare.js';
import type {Stage} from './stage/stage.js';

differentials([
  {
    title: 'TCP in every form: where it is bound, and who can reach it',
    scenario: stage =>
      bound(
        stage,
        ...['A', 'B=28', '127.0.0.1:C', '127.0.0.2:D', '0.0.0.0:E'],
        ...['localhost:F', '[::1]:G', '[::]:H', '[::1]:I=29', 'localhost:J=30'],
      ),
  },
  {
    title: 'UDP in every form, and it answers a datagram',
    scenario: stage => bound(stage, 'uA', 'uB=28', '127.0.0.1:uC', 'localhost:uD=29'),
    intended: {
      reuseAddress: {
        row: 'udp',
        startServer: [true, true, true, true],
        ssd: [false, false, false, false],
      },
    },
  },
  {
    title: 'several ports and paths are listed in the order of the command line, paths behind ports',
    scenario: async stage => {
      const specs = ['[::1]:A=20', 'B', '127.0.0.1:uC=21'].map(spec => `--port=${stage.ports(spec)}`);
      const paths = ['--path=x', `--path=${stage.path('y')}`];
      const daemon = stage.start(['--interval=0', ...paths, ...specs]);
      const listeners = listenersOf(await stage.nextWorker());
      const modes = ['x', 'y'].map(name => (statSync(stage.path(name)).mode & 0o7777).toString(8));
      return {listeners, modes, ...(await stage.stop(daemon))};
    },
  },
  {
    // Without the option both take a limit of the system, but not the same one: SOMAXCONN of when Perl was built.
    title: '--backlog',
    scenario: async stage => {
      const daemon = stage.start(['--interval=0', '--backlog=7', `--port=${stage.ports('A')}`]);
      const {given} = await stage.nextWorker();
      const backlogs = given.filter(({listening}) => listening).map(({backlog}) => backlog);
      return {backlogs, ...(await stage.stop(daemon))};
    },
  },
  {
    title: 'TCP and UDP on one port have one name',
    scenario: async stage => {
      const daemon = stage.start([
        '--interval=0',
        ...['A=20', 'uA=21'].map(spec => `--port=${stage.ports(spec)}`),
      ]);
      const worker = await stage.nextWorker();
      const seen = {listeners: listenersOf(worker), types: worker.env.SSD_SOCKET_TYPES ?? 'not told'};
      return {...seen, ...(await stage.stop(daemon))};
    },
    intended: {types: {row: 'tcp-and-udp', startServer: 'not told', ssd: '20=tcp;21=udp'}},
  },
  {
    title: 'a path that begins with @',
    scenario: async stage => {
      const daemon = stage.start(['--interval=0', '--path=@x']);
      const {env} = await stage.nextWorker();
      const file = existsSync(stage.path('@x'));
      return {variable: env.SERVER_STARTER_PORT?.split('=')[0], file, ...(await stage.stop(daemon))};
    },
    intended: {file: {row: 'abstract-path', startServer: true, ssd: false}},
  },
  {
    title: 'a socket that a dead program has left behind is taken over',
    scenario: async stage => {
      await leaveSocket(stage.path('x'));
      const daemon = stage.start(['--interval=0', '--path=x']);
      const listeners = listenersOf(await stage.nextWorker());
      return {listeners, answer: await pathAnswer(stage), ...(await stage.stop(daemon))};
    },
  },
]);

const pathAnswer = (stage: Stage) => answerOf({path: stage.path('x')});

/** A socket file that nobody listens on any more: closing takes away the first name only. */
async function leaveSocket(path: string): Promise<void> {
  const server = net.createServer();
  await new Promise<void>(resolve => server.listen(`${path}-first`, resolve));
  linkSync(`${path}-first`, path);
  await new Promise(resolve => server.close(resolve));
}
