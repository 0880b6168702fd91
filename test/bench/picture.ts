/**
 * `npm run picture`: draws the latency of every request through 20 restarts as an SVG for docs/measurements.md, one
 * superdaemon below the other, and prints the failures as a table. Each superdaemon restarts every few seconds, so that
 * all have the same time for it. The clients send requests to all at the same rate.
 *
 * It needs the packages in `test/bench/peers/package.json`. The npm script installs them.
 */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {freePort} from '../helpers/sockets.js';
import {PEER_MODULES, PEERS, type Peer} from './peers.js';
import {median} from './stage/figures.js';
import {failedOf, quantile, type Sample, startLoad, untilElapsed} from './stage/load.js';
import {type Panel, plotOf} from './stage/plot.js';

const RESTARTS = Number(process.env.BENCH_RESTARTS ?? 20);
const PERIOD_MS = 4000;
/** An application that loads something: it cannot accept before. start_server counts it as up after its interval. */
process.env.BOOT_MS = '1500';
const RATE = 1000;
const TITLE = 'The latency of requests over time through restarts, for each superdaemon';
const TARGET = new URL('../../../docs/restarts.svg', import.meta.url);

async function main(): Promise<void> {
  const panels: Panel[] = [];
  for (const peer of PEERS) {
    if (peer.missing) {
      console.log(`${peer.name}: left out, ${peer.missing}`);
      continue;
    }
    const {samples, restartsAt, tookMs} = await watch(peer);
    const longest = quantile(samples, 1);
    console.log(
      `${peer.name}: ${failedOf(samples).length} of ${samples.length} requests failed, longest ${longest.toFixed(0)} ms, ` +
        `p99 ${quantile(samples, 0.99).toFixed(1)} ms; a restart took ${median(tookMs).toFixed(0)} ms (median of ${RESTARTS})`,
    );
    panels.push({title: peer.name, samples, restartsAt});
  }
  writeFileSync(TARGET, draw(panels));
  console.log(`drawn: ${TARGET.pathname}`);
}

type Watched = {
  readonly samples: readonly Sample[];
  /** When each restart began, in ms since the clients did. */
  readonly restartsAt: readonly number[];
  readonly tookMs: readonly number[];
};

async function watch(peer: Peer): Promise<Watched> {
  const directory = mkdtempSync('/tmp/ssd-bench-');
  const port = await freePort();
  const running = await peer.start({port, directory});
  await serving(port);
  const load = startLoad({port, rate: RATE});
  const restartsAt: number[] = [];
  const tookMs: number[] = [];
  for (let done = 0; done < RESTARTS; done += 1) {
    await untilElapsed(load, (done + 0.5) * PERIOD_MS);
    const begunAt = load.elapsed();
    restartsAt.push(begunAt);
    await running.restart();
    tookMs.push(load.elapsed() - begunAt);
  }
  await untilElapsed(load, (RESTARTS + 0.5) * PERIOD_MS);
  const samples = await load.stop();
  await running.stop();
  rmSync(directory, {recursive: true, force: true});
  return {samples, restartsAt, tookMs};
}

/** Asks until the first answer comes. */
async function serving(port: number): Promise<void> {
  for (;;) {
    const load = startLoad({port, rate: 20});
    await untilElapsed(load, 200);
    const samples = await load.stop();
    if (samples.length > 0 && failedOf(samples).length === 0) return;
  }
}

function draw(panels: readonly Panel[]): string {
  const echarts = createRequire(join(PEER_MODULES, '_'))('echarts');
  const {width, height, option} = plotOf(panels);
  const chart = echarts.init(null, null, {renderer: 'svg', ssr: true, width, height});
  chart.setOption(option);
  const svg: string = chart.renderToSVGString();
  chart.dispose();
  return svg.replace(/^<svg [^>]*>/, opening => `${opening}\n<title>${TITLE}</title>`);
}

await main();
