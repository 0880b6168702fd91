/** Restarts that succeed, restarts that fail, and events in between. */
import {readFileSync} from 'node:fs';
import {restartThatFailsTwice, serving} from './restart-scenarios.js';
import {type Differential, differentials} from './stage/compare.js';
import {RELEASE, signalsOf} from './stage/stage.js';

const FILES = ['--pid-file=pid', '--status-file=status', '--path=x'];

const restarts: Differential[] = [
  {
    title: 'the status file and the pid file over the time of a restart',
    scenario: async stage => {
      const daemon = stage.start(['--interval=2', ...FILES]);
      const first = await stage.nextWorker();
      const statuses = [stage.status(), await stage.statusOf(1)];
      await first.beStubborn();
      await daemon.signal('SIGHUP');
      const second = await stage.nextWorker();
      statuses.push(stage.status());
      const signal = await first.nextSignal();
      statuses.push(await stage.statusOf(1, 2));
      first.exit(7);
      statuses.push(await stage.statusOf(2));
      const pidFile = readFileSync(stage.path('pid'), 'utf8');
      const ending = await stage.stop(daemon);
      return {statuses, pidFile, signal, signals: await signalsOf(first, second), ...ending};
    },
  },
  {
    title: 'the order of generations in the status file',
    scenario: async stage => {
      const daemon = stage.start(['--interval=0', '--status-file=status']);
      let worker = await stage.nextWorker();
      for (let generation = 2; generation <= 9; generation += 1) {
        await daemon.signal('SIGHUP');
        const next = await stage.nextWorker();
        await worker.gone;
        worker = next;
      }
      await worker.beStubborn();
      await daemon.signal('SIGHUP');
      await stage.nextWorker();
      const status = await stage.statusOf(9, 10);
      worker.exit(0);
      return {status, ...(await stage.stop(daemon))};
    },
    intended: {
      status: {
        row: 'status-file',
        startServer: '10:worker 10\n9:worker 9\n',
        ssd: '9:worker 9\n10:worker 10\n',
      },
    },
  },
  {
    title: 'a first start that fails twice',
    scenario: async stage => {
      stage.failNext(2);
      const daemon = stage.start(['--interval=2', ...FILES], {program: RELEASE});
      const statuses: (string | null)[] = [];
      for (const _ of [1, 2]) {
        await daemon.line(stage.peer.says.startFailed);
        statuses.push(stage.status());
      }
      const worker = await stage.nextWorker();
      statuses.push(stage.status(), await stage.statusOf(3));
      const ending = await stage.stop(daemon);
      return {generation: worker.generation, statuses, signals: await signalsOf(worker), ...ending};
    },
  },
  {
    title: 'a restart that fails twice leaves the old generation alone',
    scenario: restartThatFailsTwice,
  },
  {
    title: 'an old generation that lingers through two restarts',
    scenario: async stage => {
      const {daemon, first} = await serving(stage, ['--interval=0', '--signal-on-hup=USR1']);
      await daemon.signal('SIGHUP');
      await first.nextSignal();
      const second = await stage.nextWorker();
      await daemon.signal('SIGHUP');
      const third = await stage.nextWorker();
      await second.gone;
      await stage.statusOf(1, 3);
      if (stage.peer.name === 'start_server') await first.nextSignal();
      const lingering = [...first.signals];
      first.exit(0);
      await stage.statusOf(3);
      const ending = await stage.stop(daemon);
      return {lingering, signals: await signalsOf(second, third), ...ending};
    },
    intended: {lingering: {row: 'lingering', startServer: ['SIGUSR1', 'SIGUSR1'], ssd: ['SIGUSR1']}},
  },
];

const losses: Differential[] = [
  {
    title: 'a worker that dies is replaced',
    scenario: async stage => {
      const {daemon, first} = await serving(stage, ['--interval=2']);
      first.die('SIGKILL');
      await daemon.line(stage.peer.says.lost);
      const second = await stage.nextWorker();
      const meanwhile = stage.status();
      const statuses = [await stage.statusOf(2)];
      second.exit(0);
      const third = await stage.nextWorker();
      statuses.push(await stage.statusOf(3));
      const ending = await stage.stop(daemon);
      return {meanwhile, statuses, signals: await signalsOf(second, third), ...ending};
    },
    intended: {meanwhile: {row: 'status-file', startServer: '1:worker 1\n', ssd: ''}},
  },
  {
    title: 'a worker that dies, and its successor fails twice',
    scenario: async stage => {
      const {daemon, first} = await serving(stage, ['--interval=1']);
      stage.failNext(2);
      first.die('SIGSEGV');
      for (const _ of [1, 2]) await daemon.line(stage.peer.says.startFailed);
      const {generation} = await stage.nextWorker();
      return {generation, status: await stage.statusOf(4), ...(await stage.stop(daemon))};
    },
  },
  {
    title: 'the old worker dies while the new one is starting',
    scenario: async stage => {
      const {daemon, first} = await serving(stage, ['--interval=2']);
      await daemon.signal('SIGHUP');
      const second = await stage.nextWorker();
      first.die('SIGKILL');
      const status = await stage.statusOf(2);
      await daemon.signal('SIGHUP');
      const third = await stage.nextWorker();
      const ending = await stage.stop(daemon);
      return {status, generation: third.generation, signals: await signalsOf(first, second), ...ending};
    },
  },
];

const hups: Differential[] = [
  {
    title: 'SIGHUP during the first start',
    scenario: async stage => {
      const daemon = stage.start(['--interval=2', '--status-file=status']);
      const first = await stage.nextWorker();
      await daemon.signal('SIGHUP');
      const second = await stage.nextWorker();
      await first.gone;
      const status = await stage.statusOf(2);
      const ending = await stage.stop(daemon);
      return {status, signals: await signalsOf(first, second), ...ending};
    },
  },
  {
    title: 'SIGHUP while a generation is starting, which then fails',
    scenario: async stage => {
      const {daemon, first} = await serving(stage, ['--interval=2']);
      await daemon.signal('SIGHUP');
      const second = await stage.nextWorker();
      await daemon.signal('SIGHUP');
      for (const line of stage.peer.says.hupWhileStarting) await daemon.line(line);
      second.exit(3);
      const third = await stage.nextWorker();
      if (stage.peer.name === 'start_server') await first.nextSignal();
      const replacedByFailure = first.signals.length > 0;
      first.exit(0);
      const status = await stage.statusOf(3);
      return {replacedByFailure, generation: third.generation, status, ...(await stage.stop(daemon))};
    },
    intended: {replacedByFailure: {row: 'hup-while-starting', startServer: true, ssd: false}},
  },
  {
    title: 'SIGHUP during --kill-old-delay',
    scenario: async stage => {
      const daemon = stage.start(['--interval=0', '--kill-old-delay=3', '--status-file=status']);
      const first = await stage.nextWorker();
      await daemon.signal('SIGHUP');
      const second = await stage.nextWorker();
      await daemon.line(stage.peer.says.delaying);
      const statuses = [await stage.statusOf(1, 2)];
      await daemon.signal('SIGHUP');
      const third = await stage.nextWorker();
      if (stage.peer.name === 'start_server') await first.nextSignal();
      const firstWasTold = [...first.signals];
      await second.gone;
      statuses.push(await stage.statusOf(3));
      const ending = await stage.stop(daemon);
      return {statuses, firstWasTold, signals: await signalsOf(first, second, third), ...ending};
    },
    intended: {firstWasTold: {row: 'hup-during-delay', startServer: ['SIGTERM'], ssd: []}},
  },
];

differentials([...restarts, ...losses, ...hups]);
