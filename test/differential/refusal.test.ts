/** Refused starts: the exit status and what remains. Also resources that another process holds. */
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import {type Differential, differentials, type Intended} from './stage/compare.js';
import type {Stage} from './stage/stage.js';

const FILES = ['--pid-file=pid', '--status-file=status'];

/** Runs to its end, with no worker. */
async function refused(stage: Stage, args: readonly string[], program: readonly string[] = ['/bin/true']) {
  const daemon = stage.start([...args.map(stage.ports)], {program});
  const {exit, left} = await stage.ending(daemon);
  return {exit, left};
}

type Refused = {
  readonly args: readonly string[];
  readonly program?: readonly string[];
  readonly exits: [string, string];
};

/** start_server gives what Perl's die() makes of the last system error. */
const REFUSED: readonly Refused[] = [
  {args: ['--port=x'], exits: ['status 255', 'status 2']},
  {args: ['--port=1.2.3.4.5:A'], exits: ['status 255', 'status 1']},
  {args: ['--port=203.0.113.1:A'], exits: ['status 99', 'status 1']},
  {args: ['--no-such-option'], exits: ['status 1', 'status 2']},
  {args: ['--interval=soon'], exits: ['status 1', 'status 2']},
  {args: [], program: [], exits: ['status 255', 'status 2']},
  {args: ['--path=none/x'], exits: ['status 2', 'status 1']},
  {args: ['--pid-file=none/pid'], exits: ['status 2', 'status 1']},
  {args: ['--log-file=none/log'], exits: ['status 2', 'status 1']},
  {args: ['--daemonize'], exits: ['status 255', 'status 2']},
];

const refusals = REFUSED.map(({args, program, exits: [startServer, ssd]}): Differential => {
  const meant: Record<string, Intended> = {exit: {row: 'exit-status', startServer, ssd}};
  return {
    title: `refused: ${args.join(' ') || 'no program'}`,
    scenario: stage =>
      refused(stage, [...FILES.filter(file => !args[0]?.startsWith(file.slice(0, 10))), ...args], program),
    intended: startServer === ssd ? {} : meant,
  };
});

async function inUse(stage: Stage, where: net.ListenOptions, args: readonly string[]) {
  const server = net.createServer();
  await new Promise<void>(resolve => server.listen(where, resolve));
  try {
    return await refused(stage, args);
  } finally {
    server.close();
  }
}

const taken: Differential[] = [
  {
    title: 'a TCP port in use',
    scenario: stage =>
      inUse(stage, {port: Number(stage.ports('A')), host: '127.0.0.1'}, ['--port=127.0.0.1:A', '--path=x']),
    intended: {exit: {row: 'exit-status', startServer: 'status 98', ssd: 'status 1'}},
  },
  {
    title: 'a file at the place of a unix socket',
    scenario: async stage => {
      writeFileSync(stage.path('x'), 'dear');
      const daemon = stage.start(['--interval=0', '--path=x']);
      if (stage.peer.name === 'start_server') {
        await stage.nextWorker();
        await stage.stop(daemon);
      } else await stage.ending(daemon);
      return {file: existsSync(stage.path('x')) ? readFileSync(stage.path('x'), 'utf8') : 'deleted'};
    },
    intended: {file: {row: 'path-is-file', startServer: 'deleted', ssd: 'dear'}},
  },
  {
    title: 'a unix socket in use',
    scenario: async stage => {
      const server = net.createServer();
      await new Promise<void>(resolve => server.listen(stage.path('x'), resolve));
      const daemon = stage.start(['--interval=0', '--path=x']);
      const started = stage.peer.name === 'start_server';
      if (started) await stage.nextWorker();
      const {left} = started ? await stage.stop(daemon) : await stage.ending(daemon);
      server.close();
      return {started, left};
    },
    intended: {
      started: {row: 'path-in-use', startServer: true, ssd: false},
      left: {row: 'path-in-use', startServer: [], ssd: ['x']},
    },
  },
  {
    title: 'a pid file in use',
    scenario: async stage => {
      const content = () => readFileSync(stage.path('pid'), 'utf8');
      const holder = stage.startOther([
        'flock',
        'pid',
        'sh',
        '-c',
        'echo 1 >pid; echo locked >&2; exec sleep 1000',
      ]);
      await holder.line(/locked/);
      const daemon = stage.start(FILES);
      const waits = stage.peer.name === 'start_server';
      if (waits) await stage.seen(() => (content() === '' ? true : null), 'an empty pid file');
      else await daemon.exit();
      return {waits, file: content()};
    },
    intended: {
      waits: {row: 'pid-file-in-use', startServer: true, ssd: false},
      file: {row: 'pid-file-in-use', startServer: '', ssd: '1\n'},
    },
  },
  {
    title: 'a program that does not exist',
    scenario: async stage => {
      const daemon = stage.start(['--interval=1', ...FILES], {program: ['/no/such/program']});
      const tries = stage.peer.name === 'start_server';
      if (tries) await daemon.line(stage.peer.says.startFailed);
      const {exit, left} = tries ? await stage.stop(daemon) : await stage.ending(daemon);
      return {tries, exit, left};
    },
    intended: {
      tries: {row: 'no-program', startServer: true, ssd: false},
      exit: {row: 'no-program', startServer: 'status 0', ssd: 'status 1'},
    },
  },
];

differentials([...refusals, ...taken]);
