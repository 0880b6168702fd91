/** Restarts by time, --kill-old-delay, and the names of signals. */
import {mkdirSync, writeFileSync} from 'node:fs';
import {differential, differentials} from './stage/compare.js';
import {type Stage, signalsOf} from './stage/stage.js';

differentials([
  {
    title: 'automatic restarts, also while an old generation lingers',
    scenario: async stage => {
      const args = [
        '--enable-auto-restart',
        '--auto-restart-interval=1',
        '--kill-old-delay=0',
        '--interval=0',
      ];
      const daemon = stage.start([...args, '--status-file=status']);
      const first = await stage.nextWorker();
      await first.beStubborn();
      const second = await stage.nextWorker();
      const told = await first.nextSignal();
      // The old one does not finish: this one comes by twice the interval.
      const third = await stage.nextWorker();
      await second.gone;
      if (stage.peer.name === 'start_server') await first.nextSignal();
      first.exit(0);
      const lingering = await signalsOf(first);
      const ending = await stage.stop(daemon);
      return {told, lingering, second: await signalsOf(second), generation: third.generation, ...ending};
    },
    intended: {
      lingering: {row: 'lingering', startServer: [['SIGTERM', 'SIGTERM']], ssd: [['SIGTERM']]},
    },
  },
  {
    title: 'the delay by default, with automatic restarts',
    scenario: async stage => {
      const args = ['--enable-auto-restart', '--interval=0'];
      return heldBack(stage, args, 4900);
    },
  },
  {
    title: '--kill-old-delay',
    scenario: stage => heldBack(stage, ['--kill-old-delay=1', '--interval=0'], 900),
  },
  {
    title: 'KILL_OLD_DELAY in the envdir, from one restart to the next',
    scenario: stage => {
      mkdirSync(stage.path('env'));
      const onReload = () => writeFileSync(stage.path('env/KILL_OLD_DELAY'), '1\n');
      return heldBack(stage, ['--envdir=env', '--interval=0'], 900, onReload);
    },
  },
]);

/** Whether the old worker is signalled no sooner than this long after the restart has begun. */
async function heldBack(stage: Stage, args: readonly string[], ms: number, onReload = () => {}) {
  const daemon = stage.start(args);
  const first = await stage.nextWorker();
  onReload();
  await stage.peer.listening(daemon.pid);
  const since = performance.now();
  await daemon.signal('SIGHUP');
  await stage.nextWorker();
  const signal = await first.nextSignal();
  const longEnough = performance.now() - since >= ms;
  return {signal, longEnough, ...(await stage.stop(daemon))};
}

for (const [hup, term] of [
  ['USR1', 'QUIT'],
  ['SIGUSR2', 'SIGINT'],
  ['usr1', 'sigquit'],
  ['10', '3'],
]) {
  differential({
    title: `--signal-on-hup=${hup} --signal-on-term=${term}`,
    scenario: async stage => {
      const daemon = stage.start(['--interval=0', `--signal-on-hup=${hup}`, `--signal-on-term=${term}`]);
      const first = await stage.nextWorker();
      await daemon.signal('SIGHUP');
      const second = await stage.nextWorker();
      const ending = await first.gone.then(() => stage.stop(daemon));
      return {signals: await signalsOf(first, second), ...ending};
    },
  });
}
