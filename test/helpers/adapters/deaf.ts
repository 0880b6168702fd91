/** A server that takes nothing from its listeners, so that queues and buffers fill up. */
import {writeFileSync} from 'node:fs';
import type {Rig} from '../rig.js';

const DEAF = '[ $SERVER_STARTER_GENERATION = 1 ] || read line <"$0"; echo >&"$SSD_READY_FD"; exec sleep 1000';

/** With `--ready=fd`. The first generation is ready at once, and a later one when `letBeReady` was called. */
export async function deafServer(rig: Rig) {
  const fifo = rig.path('fifo');
  await rig.run(['mkfifo', fifo]);
  return {program: ['/bin/sh', '-c', DEAF, fifo], letBeReady: () => writeFileSync(fifo, '\n')};
}
