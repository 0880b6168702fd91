/** How a restart begins, and a restart that fails. */
import {ask} from '../helpers/rig.js';
import {RELEASE, type Stage, signalsOf} from './stage/stage.js';

/** A release is current, and obeys only the conductor. */
export async function serving(stage: Stage, args: readonly string[]) {
  const daemon = stage.start([...args, '--status-file=status'], {program: RELEASE});
  const first = await stage.nextWorker();
  await stage.statusOf(1);
  await first.beStubborn();
  return {daemon, first};
}

/** Also played with a reference that accepts a generation which has failed. */
export async function restartThatFailsTwice(stage: Stage) {
  const port = Number(stage.ports('A'));
  const {daemon, first} = await serving(stage, ['--interval=2', `--port=127.0.0.1:${port}`]);
  const answers = [await ask(port)];
  stage.failNext(2);
  await daemon.signal('SIGHUP');
  const next = await stage.nextWorker();
  // It cannot serve yet, and nobody has told the old generation to finish.
  const meanwhile = {status: stage.status(), signals: [...first.signals]};
  await first.nextSignal();
  first.exit(0);
  const after = await stage.statusOf(4);
  answers.push(await ask(port));
  const ending = await stage.stop(daemon);
  const told = answers.map(({generation}) => generation);
  return {
    answers: told,
    meanwhile,
    after,
    generation: next.generation,
    signals: await signalsOf(first, next),
    ...ending,
  };
}
