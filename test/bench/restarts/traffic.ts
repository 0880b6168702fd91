/**
 * What clients notice of restarts: failed requests, and the time of the others.
 *
 * Clients, workers and superdaemon share one machine. Unless the start of the worker is measured, the worker is the
 * cheapest possible. Otherwise the times would show a machine that is busy with starting workers.
 */
import {fileURLToPath} from 'node:url';
import {boundPort} from '../../helpers/rig.js';
import {WEB_COMMAND} from '../peers.js';
import type {Effort, Row} from '../stage/figures.js';
import {failedOf, type Load, quantile, type Sample, startLoad, untilElapsed} from '../stage/load.js';
import {onStage, restarted} from '../stage/stage.js';

const RATE = 1000;
const CALM_MS = 10_000;

/** It is ready at once and answers one request after the other. */
const CHEAP: readonly string[] = [
  'perl',
  fileURLToPath(new URL('../../../../test/faults/worker.pl', import.meta.url)),
];
/** It takes as long as a large application to be able to accept. */
const SLOW = ['/bin/sh', '-c', 'sleep 2.5; exec "$@"', 'sh', ...CHEAP];
const SLOW_RATE = 100;
const SLOW_RESTARTS = 3;
/** The clients' own code is compiled meanwhile. */
const SLOW_CALM_MS = 2000;

export async function traffic({restarts}: Effort): Promise<Row[]> {
  const rows = await newConnections(restarts);
  rows.push(await keptConnections(restarts), await slowWorker());
  return rows;
}

/** A connection for every request: calm for a while, then one restart after the other. */
async function newConnections(restarts: number): Promise<Row[]> {
  const samples = await underSsd(CHEAP, {rate: RATE}, async (load, again) => {
    await untilElapsed(load, CALM_MS);
    await again(restarts);
  });
  const quiet = samples.filter(({atMs}) => atMs < CALM_MS);
  const busy = samples.filter(({atMs}) => atMs >= CALM_MS);
  const [before, during] = [quantile(quiet, 0.99), quantile(busy, 0.99)];
  return [
    failures(`${restarts} restarts at ${RATE} new connections a second`, samples),
    {
      what: 'p99 during restarts / p99 without',
      seen: `${(during / before).toFixed(2)} (${during.toFixed(1)} ms / ${before.toFixed(1)} ms)`,
      goal: '<= 2',
      met: during <= 2 * before,
    },
  ];
}

async function keptConnections(restarts: number): Promise<Row> {
  const samples = await underSsd(WEB_COMMAND, {rate: RATE, keepAlive: true}, (_, again) => again(restarts));
  return failures(`${restarts} restarts at ${RATE} requests a second, keep-alive, Node's http`, samples);
}

async function slowWorker(): Promise<Row> {
  const all = await underSsd(SLOW, {rate: SLOW_RATE}, async (load, again) => {
    await untilElapsed(load, SLOW_CALM_MS);
    await again(SLOW_RESTARTS);
  });
  const samples = all.filter(({atMs}) => atMs >= SLOW_CALM_MS);
  const longest = quantile(samples, 1);
  return {
    what: 'a worker that takes 2.5 s to be able to accept: longest request during its restarts',
    seen: `${longest.toFixed(1)} ms of ${samples.length}, ${failedOf(samples).length} failed`,
    goal: '<= 10 ms, none failed',
    met: longest <= 10 && failedOf(samples).length === 0,
  };
}

function failures(what: string, samples: readonly Sample[]): Row {
  const failed = failedOf(samples);
  const kinds = [...new Set(failed.map(({failure}) => failure))].join(', ');
  return {
    what: `${what}: failed requests`,
    seen: `${failed.length} of ${samples.length}${kinds ? ` (${kinds})` : ''}`,
    goal: '0',
    met: failed.length === 0,
  };
}

type Act = (load: Load, again: (times: number) => Promise<void>) => Promise<void>;

/** Runs a worker under ssd with `--ready=fd`, and clients, while `act` acts. */
function underSsd(
  worker: readonly string[],
  options: {readonly rate: number; readonly keepAlive?: boolean},
  act: Act,
): Promise<readonly Sample[]> {
  return onStage(async rig => {
    const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd'], worker);
    const port = await boundPort(ssd);
    await ssd.line(/generation 1 is ready/);
    const load = startLoad({port, ...options});
    await act(load, async times => {
      for (let done = 0; done < times; done += 1) await restarted(rig);
    });
    return load.stop();
  });
}
