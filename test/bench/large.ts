/** What a restart with a thousand listeners costs, and whether looking at large workers keeps ssd from its work. */
import {once} from 'node:events';
import {rmSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import {text} from 'node:stream/consumers';
import {send} from '../helpers/clients/control.js';
import {boundPort, type Rig, type Running} from '../helpers/rig.js';
import {type Effort, inTurns, median, part, type Row, ratioRow, timed} from './stage/figures.js';
import {onStage} from './stage/stage.js';

const LISTENERS = 1_000;
const WORKERS = 64;
const MOST_HELD_MS = 5;

export async function large({rounds}: Effort): Promise<readonly Row[]> {
  return [await onStage(rig => manyListeners(rig, rounds)), await onStage(rig => largeWorkers(rig, rounds))];
}

/** Answers on its first listener with its generation, and says that it is ready. */
const ANSWERS = `
  use Socket;
  open my $listener, '+<&=', 3 or die $!;
  open my $ready, '>&=', $ENV{SSD_READY_FD} or die $!;
  syswrite $ready, "\\n";
  $SIG{TERM} = sub { exit };
  while (accept my $client, $listener) { syswrite $client, $ENV{SERVER_STARTER_GENERATION}; close $client }
`;

async function manyListeners(rig: Rig, rounds: number): Promise<Row> {
  const address = (nth: number) => `127.0.${nth >> 8}.${nth & 255}`;
  const start = (count: number, control: string) => {
    const ports = Array.from({length: count}, (_, nth) => `--port=${address(nth + 1)}:0`);
    return rig.ssd([...ports, '--ready=fd', `--control=${rig.path(control)}`], ['perl', '-e', ANSWERS]);
  };
  const [many, one] = [start(LISTENERS, 'many'), start(1, 'one')];
  const ports = [await boundPort(many), await boundPort(one)];
  await many.line(/generation 1 is ready/);
  await one.line(/generation 1 is ready/);
  const next = new Map([
    [many, 2],
    [one, 2],
  ]);
  const restart = async (ssd: Running, port = 0) => {
    const generation = next.get(ssd) ?? 0;
    next.set(ssd, generation + 1);
    const tookMs = await timed(async () => {
      ssd.kill('SIGHUP');
      while (Number(await answer(port)) < generation);
    });
    await ssd.line(new RegExp(`restart completed: generation ${generation} `));
    return tookMs;
  };
  const [figures, basis] = await inTurns(
    rounds,
    () => restart(many, ports[0]),
    () => restart(one, ports[1]),
  );
  return ratioRow(`restart with ${LISTENERS} listeners, from HUP to the first answer / with one`, {
    ...{figures, basis, unit: 'ms', atMost: 3},
  });
}

/** The first listener of each is on 127.0.0.1. */
async function answer(port: number): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return text(socket);
}

/** Maps the whole file, so that the kernel has all of its pages to count in each worker. */
const MAPS = `
import mmap, os, sys, time
with open(sys.argv[1], 'r+b') as file:
    memory = mmap.mmap(file.fileno(), 0)
    for page in range(0, len(memory), 4096):
        memory[page]
    os.write(int(os.environ['SSD_READY_FD']), b'\\n')
    time.sleep(1000000)
`;

async function largeWorkers(rig: Rig, rounds: number): Promise<Row> {
  const file = `/dev/shm/ssd-bench-${process.pid}`;
  try {
    writeFileSync(file, '');
    await rig.run(['fallocate', '-l', '1G', file]);
    const ssd = rig.ssd(['--ready=fd', `--workers=${WORKERS}`], ['python3', '-c', MAPS, file], {});
    await ssd.line(/generation 1 is ready/);
    const held = async () => {
      const status = send(rig, 'status');
      // It is answered by the main loop alone, as soon as that is free.
      const ms = await timed(() => send(rig, 'cancel'));
      await status;
      return ms;
    };
    const [during, without] = await inTurns(rounds, held, () => timed(() => send(rig, 'cancel')));
    const ms = median(during) - median(without);
    return {
      what: `time for which status holds up ssd with ${WORKERS} workers of 1 GiB`,
      seen: `${ms.toFixed(1)} ms (${median(during).toFixed(1)} / ${median(without).toFixed(1)} ms, medians of ${rounds}; p90 ${part(during ?? [], 0.9).toFixed(1)} ms)`,
      goal: `less than ${MOST_HELD_MS} ms`,
      met: ms < MOST_HELD_MS,
    };
  } finally {
    rmSync(file, {force: true});
  }
}
