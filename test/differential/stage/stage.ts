/**
 * The stage for a scenario with one of the two superdaemons: a directory, ports, and workers that report. Values that
 * differ between runs (process numbers, ports, the directory) are replaced by names in the observations.
 */
import {existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, watch, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {ExecutionContext} from 'ava';
import type {Worker} from '../../helpers/conductor.js';
import {watched} from '../../helpers/mailbox.js';
import {createRig, type Running, type StartOptions} from '../../helpers/rig.js';
import {freePort} from '../../helpers/sockets.js';
import type {Peer} from './peers.js';

/** What a scenario has seen, as plain data. */
export type Observation = Readonly<Record<string, unknown>>;
export type Scenario = (stage: Stage) => Promise<Observation>;

/** A descriptor as the worker found it. */
export type Given = {
  readonly fd: number;
  readonly what: string;
  readonly type: 'tcp' | 'udp' | 'unix' | 'none';
  readonly blocking: boolean;
  readonly closeOnExec: boolean;
  readonly address?: string;
  readonly listening?: boolean;
  readonly reuseAddress?: boolean;
  readonly reusePort?: boolean;
  readonly v6only?: boolean;
  readonly backlog?: number;
};
export type Witness = Worker & {readonly given: readonly Given[]};

export type Stage = {
  readonly peer: Peer;
  /** A path in the directory of the scenario, which is the working directory of the superdaemon. */
  readonly path: (name: string) => string;
  /** Puts ports in for the letters A to J: `127.0.0.1:uA`. */
  readonly ports: (text: string) => string;
  /** Starts the superdaemon with these arguments, and the witness behind them unless a program is given. */
  readonly start: (args: readonly string[], options?: Launch) => Daemon;
  readonly nextWorker: () => Promise<Witness>;
  /** From now on this many starts fail, with status 3. Only for `RELEASE`. */
  readonly failNext: (count: number) => void;
  /** The content of the status file, or `null`. */
  readonly status: () => string | null;
  /** The content of the status file once the generations in it are these. */
  readonly statusOf: (...generations: number[]) => Promise<string>;
  /** What `look` finds in the directory of the scenario, once that is not null. */
  readonly seen: <T>(look: () => T | null, what: string) => Promise<T>;
  /** Starts another program, beside the superdaemon. */
  readonly startOther: (command: readonly string[]) => Running;
  /** Tells it to stop, and says how it ended and what it has left. */
  readonly stop: (daemon: Daemon, signal?: NodeJS.Signals) => Promise<Ending>;
  readonly ending: (daemon: Pick<Daemon, 'exit'>) => Promise<Ending>;
};

export type Daemon = Omit<Running, 'kill'> & {
  /** Sends a signal when the superdaemon takes it for certain. */
  readonly signal: (signal: NodeJS.Signals) => Promise<void>;
};

type Launch = StartOptions & {
  readonly program?: readonly string[];
  /** The command before the superdaemon's. */
  readonly through?: readonly string[];
};
export type Ending = {readonly exit: string; readonly left: readonly string[]};

export const WITNESS: readonly string[] = [
  '/usr/bin/env',
  'perl',
  fileURLToPath(new URL('../../../../test/fixtures/server.pl', import.meta.url)),
];
/** The witness, which fails while there is a file `fail-N`, and takes that away. */
export const RELEASE: readonly string[] = [
  '/bin/sh',
  '-c',
  `for file in fail-*; do rm "$file" 2>&- && exit 3; done; exec ${WITNESS.join(' ')}`,
];

/** Plays a scenario, and gives names to values that differ by chance. */
export async function observe(t: ExecutionContext, peer: Peer, scenario: Scenario): Promise<Observation> {
  const names = new Map<string, string>();
  const daemons: Running[] = [];
  try {
    const observation = await scenario(await setUp(t, peer, {names, daemons}));
    return JSON.parse(withNames(JSON.stringify(observation), names));
  } catch (error) {
    const said = daemons.map(({stderr}) => stderr()).join('\n');
    throw new Error(`with ${peer.name}: ${error instanceof Error ? error.message : error}\n${said}`, {
      cause: error,
    });
  }
}

/** All signals that each of these workers got in its life. */
export async function signalsOf(...workers: readonly Witness[]): Promise<(readonly string[])[]> {
  await Promise.all(workers.map(({gone}) => gone));
  return workers.map(({signals}) => signals);
}

/** What exists before the superdaemon starts does not count as left behind. */
const OWN = /^fail-/;

type Traces = {readonly names: Map<string, string>; readonly daemons: Running[]};

async function setUp(t: ExecutionContext, peer: Peer, {names, daemons}: Traces): Promise<Stage> {
  const rig = await createRig(t);
  const here = rig.path('here');
  mkdirSync(here);
  names.set(here, 'HERE');
  const ports = new Map<string, string>();
  for (const letter of 'ABCDEFGHIJ') ports.set(letter, String(await portThatIsNoPid()));
  for (const [letter, port] of ports) names.set(port, letter);
  const path = (name: string) => join(here, name);
  t.teardown(() => endInBackground(path('pid'), here));
  const status = () => (existsSync(path('status')) ? readFileSync(path('status'), 'utf8') : null);
  const ending = async (daemon: Pick<Daemon, 'exit'>) => {
    const {code, signal} = await daemon.exit();
    return {
      exit: signal ?? `status ${code}`,
      left: readdirSync(here)
        .filter(name => !OWN.test(name))
        .sort(),
    };
  };
  return {
    peer,
    path,
    ports: text => text.replace(/[A-J](?=$|=)/g, letter => ports.get(letter) ?? letter),
    start: (args, {program = WITNESS, through = [], ...options} = {}) => {
      const command = [...through, ...peer.command(rig), ...args, ...(program.length > 0 ? ['--'] : [])];
      const daemon = rig.start([...command, ...program], {cwd: here, ...options});
      daemons.push(daemon);
      names.set(String(daemon.pid), 'the superdaemon');
      return {...daemon, signal: name => peer.listening(daemon.pid).then(() => daemon.kill(name))};
    },
    nextWorker: async () => {
      const worker = (await rig.conductor.nextWorker()) as Witness;
      names.set(String(worker.pid), `worker ${worker.generation}`);
      return worker;
    },
    failNext: count => {
      for (let index = 0; index < count; index += 1) writeFileSync(path(`fail-${index}`), '');
    },
    status,
    statusOf: (...generations) => {
      const wanted = sorted(generations);
      const listed = (text: string) => sorted([...text.matchAll(/^\d+(?=:)/gm)].map(Number));
      return seenIn(
        here,
        () => textIf(status(), text => listed(text) === wanted),
        `a status file with ${wanted}`,
      );
    },
    seen: (look, what) => seenIn(here, look, what),
    startOther: command => rig.start(command, {cwd: here}),
    stop: async (daemon, signal = 'SIGTERM') => {
      await daemon.signal(signal);
      return ending(daemon);
    },
    ending,
  };
}

/** A port whose number will not soon be that of a process: both are replaced by names. */
async function portThatIsNoPid(): Promise<number> {
  const lastPid = Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[4]);
  for (;;) {
    const port = await freePort();
    if (port < lastPid || port > lastPid + 5000) return port;
  }
}

/** A background process is not in the group that the rig ends. It is still there only if a test has failed. */
function endInBackground(pidFile: string, here: string): void {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'));
    if (readlinkSync(`/proc/${pid}/cwd`) === here) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended and taken the file away.
  }
}

const textIf = (text: string | null, holds: (text: string) => boolean) =>
  text !== null && holds(text) ? text : null;

/** Looks again whenever the directory tells of a change. */
async function seenIn<T>(directory: string, look: () => T | null, what: string): Promise<T> {
  const watcher = watch(directory);
  const found = new Promise<T>(resolve => {
    const lookAgain = () => {
      const seen = look();
      if (seen !== null) resolve(seen);
    };
    watcher.on('change', lookAgain);
    lookAgain();
  });
  try {
    return await watched(found, () => `waited in vain for ${what}`);
  } finally {
    watcher.close();
  }
}

const sorted = (generations: readonly number[]) => [...generations].sort((a, b) => a - b).join();

function withNames(text: string, names: ReadonlyMap<string, string>): string {
  let named = text;
  for (const [found, name] of names) {
    named = /^\d+$/.test(found)
      ? named.replace(new RegExp(`(?<!\\d)${found}(?!\\d)`, 'g'), name)
      : named.replaceAll(found, name);
  }
  return named;
}
