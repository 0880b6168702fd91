/** Whether a verdict tells of every client that found the queue full, and of none after a quiet restart. */
import {fileURLToPath} from 'node:url';
import {boundPort} from '../../helpers/rig.js';
import type {Row} from '../stage/figures.js';
import {startLoad, untilElapsed} from '../stage/load.js';
import {onStage} from '../stage/stage.js';

const RATE = 1000;
/** How long clients come: all of them while nobody accepts. */
const BURST_MS = 100;
/** A client whose SYN was dropped sends the next one after a second (TCP_TIMEOUT_INIT, include/net/tcp.h). */
const TRIED_AGAIN_MS = 950;
const WORKER = fileURLToPath(new URL('../../../../test/faults/worker.pl', import.meta.url));
/** Nobody accepts while it starts. */
const SLOW = ['sh', '-c', 'sleep 0.7; exec perl "$1"', 'sh', WORKER];
const ROOM = ['--port=127.0.0.1:0', '--ready=fd', '--order=stop-first'];

export async function drops(): Promise<readonly Row[]> {
  return [await atBacklog('1', 1), await atBacklog('4096', 0)];
}

async function atBacklog(backlog: string, exit: number): Promise<Row> {
  return onStage(async rig => {
    const ssd = rig.ssd([...ROOM, `--backlog=${backlog}`], SLOW);
    const port = await boundPort(ssd);
    await ssd.line(/generation 1 is ready/);
    const restarting = rig.ssctl(['--json', 'restart', '--fail-on-drops']);
    await ssd.line(/generation 2 spawned/);
    const load = startLoad({port, rate: RATE});
    await untilElapsed(load, BURST_MS);
    const samples = await load.stop();
    const {code, stdout} = await restarting;
    const retried = samples.filter(({tookMs}) => tookMs >= TRIED_AGAIN_MS).length;
    const {drops: dropped} = JSON.parse(stdout);
    return {
      what: `${samples.length} new connections while no generation serves, with --backlog=${backlog}`,
      seen: `${dropped} drops in the verdict, ${retried} clients tried again; --fail-on-drops exits with ${code}`,
      goal: `as many as tried again, ${exit === 0 ? 'none' : 'some'}, exit ${exit}`,
      met: dropped === retried && code === exit && dropped > 0 === exit > 0,
    };
  });
}
