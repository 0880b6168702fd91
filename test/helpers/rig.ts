/**
 * Gives each test its own directory, runs real programs in it, and ends them all. Nothing here polls or sleeps. A test
 * awaits a line of ssd's log, a message from a worker, or an exit.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {ExecutionContext} from 'ava';
import {type Conductor, createConductor} from './conductor.js';
import {drained, eachLine, lineLog} from './lines.js';
import {watched} from './mailbox.js';
import {killLeftOver} from './processes.js';
import {holdToDocument} from './protocol/hold-to-document.js';

/** The directory of the package that is tested. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** A program of test/fixtures that is not compiled. */
export const fixture = (name: string): string => join(ROOT, 'test/fixtures', name);
export const SSD = join(ROOT, 'dist/bundle/bin/ssd.cjs');
export const SSCTL = join(ROOT, 'dist/bundle/bin/ssctl.cjs');
/** Every line at a control socket of the end-to-end suite is recorded, and held to the document of the protocol. */
const RECORDS = (await testFile()).includes('/dist/test/e2e/');
/** Both programs as npm installs them: links, beside the Node that runs the tests. */
export const INSTALLED = link();
/** The obedient program, as the command that starts it. */
export const SERVER: readonly string[] = [perl(), fixture('server.pl'), '--like-node'];

/** Node reads it at every start, which then takes three times as long; nothing here speaks TLS. */
const BALLAST = {NODE_EXTRA_CA_CERTS: undefined};

export type Exit = {readonly code: number | null; readonly signal: string | null};
export type Finished = Exit & {readonly stdout: string; readonly stderr: string};

export type Running = {
  readonly pid: number;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** The next line on standard error that matches; lines before it are skipped and cannot be awaited any more. */
  readonly line: (pattern: RegExp) => Promise<string>;
  /** Resolves when it has ended, and what it has written is read. */
  readonly exit: () => Promise<Exit>;
  /** Standard error, as far as it is read. */
  readonly stderr: () => string;
  /** All of standard error that is written by now. */
  readonly told: () => Promise<string>;
};

export type StartOptions = {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Run as this user, which needs root. The user may still read every file. */
  readonly uid?: number;
  /** How long it may take, for a program that is slower than ours because it fetches from the network. */
  readonly patienceMs?: number;
};

export type Rig = {
  readonly directory: string;
  readonly control: string;
  readonly conductor: Conductor;
  /** A path in the directory. */
  readonly path: (name: string) => string;
  /** Starts ssd with these arguments and a control socket in the directory, the fixture server by default. */
  readonly ssd: (args: readonly string[], program?: readonly string[], options?: StartOptions) => Running;
  /** Runs ssd with exactly these arguments to its end. */
  readonly runSsd: (args: readonly string[], options?: StartOptions) => Promise<Finished>;
  /** Runs ssctl on this rig's ssd to its end. */
  readonly ssctl: (args: readonly string[], options?: StartOptions) => Promise<Finished>;
  /** Runs any program to its end. */
  readonly run: (command: readonly string[], options?: StartOptions) => Promise<Finished>;
  /** Starts any program. */
  readonly start: (command: readonly string[], options?: StartOptions) => Running;
};

/** @param t a test, or anything else that calls its teardown functions at its end */
export async function createRig(t: Pick<ExecutionContext, 'teardown'>): Promise<Rig> {
  const directory = mkdtempSync('/tmp/ssdt-');
  const conductor = await createConductor(join(directory, 'conductor'));
  const children = new Set<ChildProcess>();
  const lines = `${directory}.lines`;
  if (RECORDS) {
    mkdirSync(lines);
    // Some of these programs run as another user.
    chmodSync(lines, 0o777);
  }
  t.teardown(async () => {
    for (const child of children) killGroup(child);
    killLeftOver(directory, `SSD_TEST_CONDUCTOR=${conductor.path}`);
    conductor.close();
    try {
      if (RECORDS) await holdToDocument(lines, ROOT);
    } finally {
      for (const made of [directory, lines]) rmSync(made, {recursive: true, force: true});
    }
  });
  const control = join(directory, 'control');
  const launch = (command: readonly string[], options: StartOptions = {}) => {
    const child = launchIn(directory, command, options);
    children.add(child);
    return child;
  };
  const run = (command: readonly string[], options?: StartOptions) =>
    finished(launch(command, options), command, options?.patienceMs);
  const start = (command: readonly string[], options?: StartOptions) => running(launch(command, options));
  return {
    directory,
    control,
    conductor,
    path: name => join(directory, name),
    ssd: (args, program = SERVER, options) =>
      start([INSTALLED.ssd, `--control=${control}`, ...args, '--', ...program], options),
    runSsd: (args, options) => run([INSTALLED.ssd, ...args], options),
    ssctl: (args, options) => run([INSTALLED.ssctl, '-s', control, ...args], options),
    run,
    start,
  };
}

/** What the server behind a TCP port or a unix path answers: `generation:pid`. */
export async function ask(target: number | string): Promise<{generation: number; pid: number}> {
  const text = await new Promise<string>((resolve, reject) => {
    const socket = net.connect(
      typeof target === 'number' ? {port: target, host: '127.0.0.1'} : {path: target},
    );
    let received = '';
    socket.setEncoding('utf8');
    socket.on('data', chunk => {
      received += chunk;
    });
    socket.on('error', reject);
    socket.on('end', () => resolve(received));
  });
  const [generation, pid] = text.trim().split(':').map(Number);
  return {generation: generation ?? Number.NaN, pid: pid ?? Number.NaN};
}

/** The port that ssd chose for `--port=127.0.0.1:0`, read from its log. */
export async function boundPort(ssd: Running): Promise<number> {
  const line = await ssd.line(/listening on (tcp|udp)/);
  return Number(/:(\d+),/.exec(line)?.[1]);
}

function link(): {readonly node: string; readonly ssd: string; readonly ssctl: string} {
  const directory = mkdtempSync('/tmp/ssdt-bin-');
  process.once('exit', () => rmSync(directory, {recursive: true, force: true}));
  chmodSync(directory, 0o755);
  const place = (name: string, target: string) => {
    symlinkSync(target, join(directory, name));
    return join(directory, name);
  };
  if (RECORDS) placeRecorder(join(directory, 'node'));
  else place('node', process.execPath);
  return {node: join(directory, 'node'), ssd: place('ssd', SSD), ssctl: place('ssctl', SSCTL)};
}

/** Empty in a program that is no test, such as a benchmark: it cannot import AVA. */
async function testFile(): Promise<string> {
  const isTest = process.argv[1]?.includes('/ava/lib/worker/') ?? false;
  return isTest ? (await import('ava')).default.meta.file : '';
}

/** Node, with what records lines. The launcher takes the one beside it. A shell would leave PWD in the environment. */
function placeRecorder(path: string): void {
  const command = `'${process.execPath}', '--require', '${fixture('record-lines.cjs')}'`;
  writeFileSync(path, `#!${perl()}\nexec {'${process.execPath}'} ${command}, @ARGV;\n`, {mode: 0o755});
}

/** Its path, for tests that change PATH. */
function perl(): string {
  const places = (process.env.PATH ?? '').split(':').map(directory => join(directory, 'perl'));
  return places.find(place => existsSync(place)) ?? 'perl';
}

function launchIn(directory: string, command: readonly string[], options: StartOptions): ChildProcess {
  const {env = {}, cwd = directory, uid} = options;
  const recorded = command.map((word, at) => (isOurs(word, command[at + 1]) ? INSTALLED.node : word));
  const [program = '', ...args] = uid === undefined ? recorded : [...asUser(uid), ...recorded];
  return spawn(program, args, {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {...process.env, ...BALLAST, SSD_TEST_CONDUCTOR: join(directory, 'conductor'), ...env},
  });
}

/** Whether the word is the Node that is to run one of our programs. */
function isOurs(word: string, next: string | undefined): boolean {
  return RECORDS && word === process.execPath && (next === SSD || next === SSCTL);
}

/** This user may also read everything, because the checkout may be where only root may enter. */
function asUser(uid: number): string[] {
  const capability = '+dac_read_search';
  const identity = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
  return ['setpriv', ...identity, `--inh-caps=${capability}`, `--ambient-caps=${capability}`];
}

/** Ends the program and its process group. */
function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // All of them have ended.
  }
}

function running(child: ChildProcess): Running {
  const log = lineLog();
  if (child.stderr) eachLine(child.stderr, log.add);
  child.stdout?.resume();
  const exited = new Promise<Exit>(resolve =>
    child.on('exit', (code, signal) => drained(child).then(() => resolve({code, signal}))),
  );
  child.on('error', error => log.add(String(error)));
  return {
    pid: child.pid ?? 0,
    kill: signal => void child.kill(signal),
    line: pattern => watched(log.match(pattern), () => `no line matched ${pattern} in:\n${log.text()}`),
    exit: () => watched(exited, () => `still running:\n${log.text()}`),
    stderr: log.text,
    told: async () => {
      await drained(child);
      return log.text();
    },
  };
}

async function finished(
  child: ChildProcess,
  command: readonly string[],
  patienceMs?: number,
): Promise<Finished> {
  const [stdout, stderr] = [child.stdout, child.stderr].map(stream => {
    const chunks: Buffer[] = [];
    stream?.on('data', chunk => chunks.push(chunk));
    return () => Buffer.concat(chunks).toString();
  });
  const closed = new Promise<Exit>(resolve => child.on('close', (code, signal) => resolve({code, signal})));
  const report = () => `${command.join(' ')} is still running:\n${stderr?.()}`;
  const exit = await watched(closed, report, patienceMs);
  return {...exit, stdout: stdout?.() ?? '', stderr: stderr?.() ?? ''};
}
