import test from 'ava';
import {jsonOf, scriptCommand, source} from '../../helpers/adapters/script.js';
import {createRig} from '../../helpers/rig.js';

const TAKEN = ['SIGHUP', 'SIGTERM', 'SIGINT', 'SIGUSR1', 'SIGUSR2', 'SIGQUIT', 'SIGALRM', 'SIGWINCH'];

/** Sends itself signals, and continues when the last one has arrived. */
const PRELUDE = `
  import {once} from 'node:events';
  import {catchSignals} from '${source('daemon/system/signals')}';
  const alive = setInterval(() => {}, 20_000);
  const send = async (...signals) => {
    for (const signal of signals) {
      const come = once(process, signal);
      process.kill(process.pid, signal);
      await come;
    }
  };
  const heard = [];
  const handlers = {
    onRestart: () => heard.push('restart'),
    onStop: signal => heard.push('stop ' + signal),
    onForward: signal => heard.push('forward ' + signal),
    onIgnored: signal => heard.push('ignored ' + signal),
  };`;

test('signals that come before they can be delivered are kept in their order; later ones are delivered at once', async t => {
  const rig = await createRig(t);
  const script = `${PRELUDE}
    const signals = catchSignals();
    await send('SIGUSR2', 'SIGHUP', 'SIGTERM', 'SIGINT', 'SIGHUP');
    const early = heard.length;
    signals.deliverTo(handlers, ['WINCH', 'USR2']);
    const kept = heard.splice(0);
    await send('SIGUSR1', 'SIGQUIT', 'SIGALRM', 'SIGWINCH', 'SIGTERM');
    console.log(JSON.stringify({early, kept, heard}));
    clearInterval(alive);`;
  t.deepEqual(await jsonOf(rig, scriptCommand(script)), {
    early: 0,
    kept: ['forward USR2', 'restart', 'stop TERM', 'stop INT', 'restart'],
    heard: ['ignored SIGUSR1', 'stop QUIT', 'ignored SIGALRM', 'forward WINCH', 'stop TERM'],
  });
});

test('every signal that was taken over is given back at the end', async t => {
  const rig = await createRig(t);
  const script = `${PRELUDE}
    const count = () => ${JSON.stringify(TAKEN)}.map(signal => process.listenerCount(signal));
    const before = count();
    const signals = catchSignals();
    signals.deliverTo(handlers, ['WINCH']);
    const taken = count();
    signals.dispose();
    console.log(JSON.stringify([before, taken, count()]));
    clearInterval(alive);`;
  const [before, taken, after] = (await jsonOf(rig, scriptCommand(script))) as number[][];
  t.deepEqual(
    taken,
    before?.map(listeners => listeners + 1),
  );
  t.deepEqual(after, before);
});

test('a signal that was given back ends the process again', async t => {
  const rig = await createRig(t);
  const script = `${PRELUDE}
    const signals = catchSignals();
    await send('SIGTERM');
    signals.dispose();
    process.kill(process.pid, 'SIGTERM');`;
  const {code, signal} = await rig.run(scriptCommand(script));
  t.deepEqual([code, signal], [null, 'SIGTERM']);
});
