/** What ten thousand idle connections over four workers cost a status, and whether all of them are counted. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import type {Status} from '../../src/shared/protocol/status.js';
import {status} from '../helpers/clients/control.js';
import {HOLDER} from '../helpers/clients/held.js';
import {boundPort, INSTALLED, type Rig} from '../helpers/rig.js';
import {type Effort, inTurns, median, type Row, timed} from './stage/figures.js';
import {onStage} from './stage/stage.js';

const WORKERS = 4;
const CONNECTIONS = 10_000;
const MOST_MORE_MS = 30;

/** Holds the connections in a process of its own. It says a line when a worker has answered on each. */
const CLIENT = `
  const net = require('node:net');
  const [port, count] = process.argv.slice(1).map(Number);
  const next = left => {
    if (left === 0) return console.log('all are open');
    net.connect({host: '127.0.0.1', port}).once('data', () => next(left - 1));
  };
  next(count);
  process.stdin.resume();
`;

export function connections({rounds}: Effort): Promise<readonly Row[]> {
  return onStage(async rig => {
    const start = async (args: readonly string[] = []) => {
      const options = ['--port=127.0.0.1:0', `--workers=${WORKERS}`, '--interval=0.5'];
      const ssd = rig.ssd([...options, ...args], HOLDER);
      const port = await boundPort(ssd);
      await ssd.line(/generation 1 is ready/);
      return port;
    };
    const idle = rig.path('idle');
    await start([`--control=${idle}`]);
    const port = await start();
    const client = spawn(process.execPath, ['-e', CLIENT, `${port}`, `${CONNECTIONS}`], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      await once(client.stdout, 'data');
      const ofMany = () => timed(() => rig.ssctl(['status']));
      const ofNone = () => timed(() => rig.run([INSTALLED.ssctl, '-s', idle, 'status']));
      const first = await ofMany();
      const exact = await exactRow(rig, port);
      const [many, none] = await inTurns(rounds, ofMany, ofNone);
      return [exact, costRow({first, many: median(many), none: median(none)})];
    } finally {
      client.kill();
    }
  });
}

async function exactRow(rig: Rig, port: number): Promise<Row> {
  const {generations} = (await status(rig)) as unknown as Status;
  const counts = generations.flatMap(({workers}) => workers.map(worker => worker.connections ?? Number.NaN));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const {stdout} = await rig.run(['ss', '-tnH', 'state', 'established', `( sport = :${port} )`]);
  const seenBySs = stdout.trim().split('\n').length;
  return {
    what: `${CONNECTIONS} connections over ${WORKERS} workers`,
    seen: `${counts.join(' + ')} = ${total}; ss counts ${seenBySs}`,
    goal: `${CONNECTIONS}`,
    met: total === CONNECTIONS && seenBySs === CONNECTIONS,
  };
}

type Took = {readonly first: number; readonly many: number; readonly none: number};

function costRow({first, many, none}: Took): Row {
  const more = (ms: number) => (ms - none).toFixed(1);
  return {
    what: `ssctl status with ${CONNECTIONS} connections, beyond ssctl status with none`,
    seen: `${more(many)} ms (${many.toFixed(1)} and ${none.toFixed(1)} ms, medians); ${more(first)} ms the first time`,
    goal: `at most ${MOST_MORE_MS} ms`,
    met: many - none <= MOST_MORE_MS,
  };
}
