/** The directory, the programs and the restarts of a benchmark. */
import {restart} from '../../helpers/clients/control.js';
import {createRig, type Rig, type Running} from '../../helpers/rig.js';

/** The cheapest worker that reports that it is ready. It is ready within a millisecond or two, and ends when it is told to. */
export const READY_AT_ONCE: readonly string[] = [
  '/bin/sh',
  '-c',
  'echo >&"$SSD_READY_FD"; exec sleep 1000000',
];

/** An empty Node program, with which most figures are compared. */
export const EMPTY_NODE: readonly string[] = [process.execPath, '-e', '0'];

/** Plays in a directory of its own. Everything that the play started is killed, even if it failed. */
export async function onStage<T>(play: (rig: Rig) => Promise<T>): Promise<T> {
  const ends: (() => void)[] = [];
  const clear = () => {
    for (const end of ends.splice(0)) end();
  };
  process.once('exit', clear);
  try {
    return await play(await createRig({teardown: end => void ends.push(end)}));
  } finally {
    process.off('exit', clear);
    clear();
  }
}

/** An ssd whose workers are ready at once, when its first ones are. */
export async function startServing(rig: Rig, args: readonly string[] = []): Promise<Running> {
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd', ...args], READY_AT_ONCE);
  await ssd.line(/generation 1 is ready/);
  return ssd;
}

/** Restarts by the control socket, without a process for it. */
export async function restarted(rig: Rig): Promise<void> {
  const {verdict} = await restart(rig);
  if (verdict !== 'completed') throw new Error(`the restart was ${verdict}`);
}

/** Ends an ssd, so that the next one can take its place. */
export async function end(ssd: Running): Promise<void> {
  ssd.kill('SIGTERM');
  await ssd.exit();
}
