/** What clients meet while no generation runs: a pause, and restarts that stop the old generation first. */
import {fileURLToPath} from 'node:url';
import {restart, send, status} from '../../helpers/clients/control.js';
import {boundPort, type Rig} from '../../helpers/rig.js';
import type {Row} from '../stage/figures.js';
import {failedOf, startLoad, untilElapsed} from '../stage/load.js';
import {onStage} from '../stage/stage.js';

const RATE = 1000;
const PAUSE_MS = 3000;
/** What the start after a pause may take. */
const START_MS = 50;
const RESTARTS = 20;
const SOUND_MS = 1000;
/** It is ready at once and answers one request after the other. */
const CHEAP = ['perl', fileURLToPath(new URL('../../../../test/faults/worker.pl', import.meta.url))];
/** The queue has room for all clients of a pause. */
const ROOM = ['--port=127.0.0.1:0', '--ready=fd', '--backlog=4096'];

export async function vacancy(): Promise<readonly Row[]> {
  return [
    await paused('that ends by itself', rig => send(rig, 'pause', {maxMs: PAUSE_MS})),
    await paused('that resume ends', async rig => {
      const begunAt = performance.now();
      await send(rig, 'pause', {maxMs: 10 * PAUSE_MS});
      await new Promise(resolve => setTimeout(resolve, PAUSE_MS - (performance.now() - begunAt)));
      await send(rig, 'resume');
    }),
    await stopFirst(),
  ];
}

async function paused(what: string, pause: (rig: Rig) => Promise<unknown>): Promise<Row> {
  return onStage(async rig => {
    const ssd = rig.ssd(ROOM, CHEAP);
    const port = await boundPort(ssd);
    await ssd.line(/generation 1 is ready/);
    const load = startLoad({port, rate: RATE});
    await untilElapsed(load, SOUND_MS);
    await Promise.all([pause(rig), ssd.line(/generation 2 is ready/)]);
    await untilElapsed(load, SOUND_MS + PAUSE_MS + SOUND_MS);
    const samples = await load.stop();
    const failed = failedOf(samples).length;
    const longestMs = Math.round(Math.max(...samples.map(({tookMs}) => tookMs)));
    return {
      what: `a pause of ${PAUSE_MS / 1000} s ${what}, at ${RATE} new connections a second`,
      seen: `${failed} of ${samples.length} requests failed, the longest took ${longestMs} ms`,
      goal: `0 failed, <= ${PAUSE_MS + START_MS} ms`,
      met: failed === 0 && longestMs <= PAUSE_MS + START_MS,
    };
  });
}

async function stopFirst(): Promise<Row> {
  return onStage(async rig => {
    const ssd = rig.ssd([...ROOM, '--order=stop-first'], CHEAP);
    const port = await boundPort(ssd);
    await ssd.line(/generation 1 is ready/);
    const load = startLoad({port, rate: RATE});
    for (let time = 1; time <= RESTARTS; time += 1) {
      await restart(rig);
      await untilElapsed(load, (time * SOUND_MS) / 4);
    }
    const samples = await load.stop();
    const failed = failedOf(samples).length;
    const {current} = await status(rig);
    return {
      what: `${RESTARTS} restarts with --order=stop-first, at ${RATE} new connections a second`,
      seen: `${failed} of ${samples.length} requests failed, generation ${current} serves`,
      goal: `0 failed, generation ${RESTARTS + 1}`,
      met: failed === 0 && current === RESTARTS + 1,
    };
  });
}
