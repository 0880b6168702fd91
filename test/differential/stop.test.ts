/** TERM and INT in every phase: which signals the workers get, how the superdaemon ends, what it leaves behind. */
import {type Differential, differentials, type Intended} from './stage/compare.js';
import {type Daemon, RELEASE, type Stage, signalsOf, type Witness} from './stage/stage.js';

/** Two that are pending at once are delivered in the order of their numbers, which is that of these two. */
const SIGNALS = ['--signal-on-hup=HUP', '--signal-on-term=USR1'];
const FILES = ['--pid-file=pid', '--status-file=status', '--path=x'];

const start = (stage: Stage, ...args: readonly string[]) =>
  stage.start([...SIGNALS, ...FILES, ...args], {program: RELEASE});

/** Waits for the signal of a stop and lets the worker go. */
async function letGo(worker: Witness, last = 'SIGUSR1'): Promise<void> {
  while ((await worker.nextSignal()) !== last);
  worker.exit(0);
}

/** Tells it to stop while these workers live, and says what they got of it. */
async function stopWith(stage: Stage, daemon: Daemon, workers: readonly Witness[]) {
  await daemon.signal('SIGTERM');
  await Promise.all(workers.map(worker => letGo(worker)));
  const ending = await stage.ending(daemon);
  return {signals: await signalsOf(...workers), status: stage.status(), ...ending};
}

async function stubborn(stage: Stage): Promise<Witness> {
  const worker = await stage.nextWorker();
  await worker.beStubborn();
  return worker;
}

const RESTART_ENDS_FIRST: Intended = {
  row: 'term-while-restarting',
  startServer: [['SIGHUP', 'SIGUSR1'], ['SIGUSR1']],
  ssd: [['SIGUSR1'], ['SIGUSR1']],
};

const phases: Differential[] = [
  {
    title: 'TERM during the first start',
    scenario: async stage => {
      const daemon = start(stage, '--interval=9');
      return stopWith(stage, daemon, [await stubborn(stage)]);
    },
  },
  {
    title: 'TERM while the first start fails again and again',
    scenario: async stage => {
      stage.failNext(9);
      const daemon = start(stage, '--interval=1');
      await daemon.line(stage.peer.says.startFailed);
      return stopWith(stage, daemon, []);
    },
  },
  {
    title: 'TERM while a generation serves',
    scenario: async stage => {
      const daemon = start(stage, '--interval=1');
      const first = await stubborn(stage);
      await stage.statusOf(1);
      return stopWith(stage, daemon, [first]);
    },
  },
  {
    title: 'TERM while a new generation is starting',
    scenario: async stage => {
      const daemon = start(stage, '--interval=3');
      const first = await stubborn(stage);
      await stage.statusOf(1);
      await daemon.signal('SIGHUP');
      return stopWith(stage, daemon, [first, await stubborn(stage)]);
    },
    intended: {signals: RESTART_ENDS_FIRST},
  },
  {
    title: 'TERM while a restart fails again and again',
    scenario: async stage => {
      const daemon = start(stage, '--interval=1');
      const first = await stubborn(stage);
      await stage.statusOf(1);
      stage.failNext(9);
      await daemon.signal('SIGHUP');
      await daemon.line(stage.peer.says.startFailed);
      return stopWith(stage, daemon, [first]);
    },
    intended: {signals: {...RESTART_ENDS_FIRST, startServer: [['SIGHUP', 'SIGUSR1']], ssd: [['SIGUSR1']]}},
  },
  {
    title: 'TERM during --kill-old-delay',
    scenario: async stage => {
      const daemon = start(stage, '--interval=0', '--kill-old-delay=3');
      const first = await stubborn(stage);
      await daemon.signal('SIGHUP');
      const second = await stubborn(stage);
      await daemon.line(stage.peer.says.delaying);
      return stopWith(stage, daemon, [first, second]);
    },
    intended: {signals: RESTART_ENDS_FIRST},
  },
  {
    title: 'TERM while an old generation lingers',
    scenario: async stage => {
      const daemon = start(stage, '--interval=0');
      const first = await stubborn(stage);
      await daemon.signal('SIGHUP');
      const second = await stubborn(stage);
      await first.nextSignal();
      return stopWith(stage, daemon, [first, second]);
    },
  },
  {
    title: 'TERM while a lost worker is replaced',
    scenario: async stage => {
      const daemon = start(stage, '--interval=3');
      const first = await stage.nextWorker();
      await stage.statusOf(1);
      first.die('SIGKILL');
      return stopWith(stage, daemon, [await stubborn(stage)]);
    },
  },
];

const more: Differential[] = [
  {
    title: 'INT has the workers get TERM, whatever --signal-on-term says',
    scenario: async stage => {
      const daemon = start(stage, '--interval=0');
      const first = await stage.nextWorker();
      const ending = await stage.stop(daemon, 'SIGINT');
      return {signals: await signalsOf(first), ...ending};
    },
  },
  {
    title: 'HUP and TERM again while the workers finish',
    scenario: async stage => {
      const daemon = start(stage, '--interval=0');
      const first = await stubborn(stage);
      await daemon.signal('SIGTERM');
      await first.nextSignal();
      await daemon.signal('SIGHUP');
      await daemon.signal('SIGTERM');
      first.exit(0);
      return {...(await stage.ending(daemon)), signals: await signalsOf(first)};
    },
  },
  {
    title: 'INT after TERM',
    scenario: async stage => {
      const daemon = start(stage, '--interval=0');
      const first = await stubborn(stage);
      await daemon.signal('SIGTERM');
      await first.nextSignal();
      await daemon.signal('SIGINT');
      if (stage.peer.name === 'ssd') await first.nextSignal();
      first.exit(0);
      return {...(await stage.ending(daemon)), signals: await signalsOf(first)};
    },
    intended: {signals: {row: 'int-after-term', startServer: [['SIGUSR1']], ssd: [['SIGUSR1', 'SIGTERM']]}},
  },
  ...(['SIGUSR1', 'SIGUSR2', 'SIGQUIT'] as const).map(
    (signal): Differential => ({
      title: `${signal} to the superdaemon`,
      scenario: async stage => {
        const daemon = start(stage, '--interval=1');
        const first = await stage.nextWorker();
        await stage.statusOf(1);
        await daemon.signal(signal);
        // A process that still lives by now obeys this one.
        const {exit, left} = await stage.stop(daemon);
        first.exit(0);
        return {exit, left, signals: await signalsOf(first)};
      },
      intended: {
        exit: {row: 'other-signals', startServer: signal, ssd: 'status 0'},
        left: {row: 'other-signals', startServer: ['pid', 'status', 'x'], ssd: []},
        signals: {row: 'other-signals', startServer: [[]], ssd: [['SIGUSR1']]},
      },
    }),
  ),
];

differentials([...phases, ...more]);
