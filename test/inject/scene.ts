/** An ssd into which faults are injected, one after the other, and what must hold after each of them. */
import {existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import type {ExecutionContext} from 'ava';
import {rawClient, request} from '../helpers/clients/raw-client.js';
import {watched} from '../helpers/mailbox.js';
import {alive} from '../helpers/processes.js';
import {ask, createRig, type Rig, type Running} from '../helpers/rig.js';

const WORKER = fileURLToPath(new URL('../../../test/inject/worker.pl', import.meta.url));

/** Options of ssd that go together. */
export type Setting = {
  readonly args: (rig: Rig) => readonly string[];
  /** Children besides the workers: the log command. */
  readonly helpers?: number;
};

export const SETTINGS = {
  files: {
    args: rig => [
      ...['--port=127.0.0.1:0', '--ready=fd', `--log-file=${rig.path('log')}`],
      ...[`--pid-file=${rig.path('pid')}`, `--status-file=${rig.path('status')}`],
    ],
  },
  pipes: {
    args: rig => ['--ready=notify', '--capture-stderr', `--log-file=| cat >>${rig.path('log')}`],
    helpers: 1,
  },
  commands: {
    args: rig => ['--ready=exec=true', `--envdir=${rig.path('env')}`, '--kill-group', '--workers=2'],
  },
} satisfies Record<string, Setting>;

export type Scene = {
  readonly rig: Rig;
  readonly ssd: Running;
  readonly setting: Setting;
  /** The unix listener. */
  readonly listener: string;
  readonly descriptors: number;
};

/** The command line by which every ssd here is started. */
export function argumentsOf(rig: Rig, setting: Setting): string[] {
  return [`--path=${rig.path('listener')}`, '--interval=0.1', '--stop-timeout=1', ...setting.args(rig)];
}

export const PROGRAM: readonly string[] = [WORKER];

export async function startScene(t: Pick<ExecutionContext, 'teardown'>, setting: Setting): Promise<Scene> {
  const rig = await createRig(t);
  prepareDirectory(rig);
  const ssd = rig.ssd(argumentsOf(rig, setting), PROGRAM);
  const up = await rig.ssctl(['wait', 'ready', '--timeout=20s']);
  if (up.code !== 0) throw new Error(`ssd does not come up: ${ssd.stderr()} ${up.stderr}`);
  // What Node loads and opens only once is not taken for a leak.
  for (const method of ['restart', 'status']) await attempt(rig, method);
  const descriptors = descriptorsOf(ssd.pid).length;
  return {rig, ssd, setting, listener: rig.path('listener'), descriptors};
}

/** @returns a directory for temporary files */
export function prepareDirectory(rig: Rig): string {
  mkdirSync(rig.path('env'));
  writeFileSync(rig.path('env/COLOUR'), 'green\n');
  mkdirSync(rig.path('tmp'));
  return rig.path('tmp');
}

/** Asks, and waits until there is an answer or the connection is closed. One of the two must come. */
export async function attempt(rig: Rig, method: string, params?: object): Promise<Answered | null> {
  const client = rawClient(rig.control);
  client.say(request(1, method, params));
  const answer = (async () => {
    for (;;) {
      const message = await client.next();
      if (message.id !== undefined) return {result: message.result, error: message.error?.data.code};
    }
  })();
  answer.catch(() => {});
  try {
    return await watched(
      Promise.race([answer, client.closed.then(() => null)]),
      () => `no answer to ${method}`,
      PATIENCE_MS,
    );
  } finally {
    client.socket.destroy();
  }
}

export type Answered = {
  readonly result?: Record<string, unknown> | undefined;
  readonly error?: string | undefined;
};

/** Two stop timeouts, and a machine that is busy. */
const PATIENCE_MS = 10_000;

type Status = {readonly current: number | null; readonly generations: readonly Generation[]};
type Generation = {
  readonly generation: number;
  readonly phase: string;
  readonly workers: readonly {pid: number}[];
};

/** @throws what is wrong, in one line. `lost`: how many descriptors a close that failed has left open. */
export async function mustBeWell(scene: Scene, lost: number): Promise<void> {
  const {rig, ssd, setting, listener} = scene;
  if (!alive(ssd.pid)) throw new Error('ssd is gone');
  await watched(ask(listener), () => 'nobody answers', PATIENCE_MS);
  const restarted = await restartedAtLast(rig);
  const verdict = restarted?.result?.verdict;
  if (verdict !== 'completed') throw new Error(`the next restart: ${JSON.stringify(restarted)}`);
  const {current, generations} = await settled(rig);
  const workers = generations.find(({generation}) => generation === current)?.workers ?? [];
  if (!workers.every(({pid}) => alive(pid))) throw new Error('a worker is gone');
  const answer = await watched(ask(listener), () => 'nobody answers after the restart', PATIENCE_MS);
  if (answer.generation !== current)
    throw new Error(`generation ${answer.generation} answers, not ${current}`);
  const children = childrenOf(ssd.pid);
  const expected = workers.length + (setting.helpers ?? 0);
  if (children.length !== expected)
    throw new Error(`${children.length} children, not ${expected}: ${children.map(nameOf).join(', ')}`);
  await mustHaveClosed(scene, lost);
}

/**
 * When accept4 fails with EMFILE, libuv hangs up on whoever waits, until nobody does: on this client, and on the next attempt,
 * too, if that is quicker than the accept4 with which libuv looks once more.
 */
async function restartedAtLast(rig: Rig): Promise<Answered | null> {
  for (let nth = 1; nth < 5; nth++) {
    const answer = await attempt(rig, 'restart');
    if (answer) return answer;
  }
  return attempt(rig, 'restart');
}

/**
 * ssd has directories of /proc open for a moment when it looks who holds a listener, after the restart has been answered.
 * What it leaks stays open.
 */
async function mustHaveClosed({rig, ssd, descriptors}: Scene, lost: number): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (let open = descriptorsOf(ssd.pid); open.length > descriptors + lost; open = descriptorsOf(ssd.pid)) {
    if (performance.now() > until)
      throw new Error(`${open.length} descriptors, not ${descriptors}: ${open.join(', ')}`);
    await attempt(rig, 'status');
  }
}

/** The status when nothing lingers. A worker that could not be signalled is killed after the stop timeout. */
async function settled(rig: Rig): Promise<Status> {
  const events = rawClient(rig.control);
  events.say(request(1, 'events', {follow: true, sinceMs: 0}));
  try {
    for (;;) {
      const status = (await attempt(rig, 'status'))?.result as Status | undefined;
      if (!status) throw new Error('no status');
      if (status.generations.length === 1) return status;
      let type = '';
      while (type !== 'finished') {
        const {params} = await events.next();
        type = String((params?.event as {type?: string} | undefined)?.type);
      }
    }
  } finally {
    events.socket.destroy();
  }
}

function nameOf(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ').slice(0, 3).join(' ');
}

export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

/** What is open, but for sockets: ssd notices a moment later that a client of a test has hung up. */
function descriptorsOf(pid: number): readonly string[] {
  const links = readdirSync(`/proc/${pid}/fd`).map(fd => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      // It was closed just now.
      return 'socket:';
    }
  });
  return links.filter(link => !link.startsWith('socket:'));
}

/** What ssd made and has not removed; the log stays. */
export function leftOf(rig: Rig): string[] {
  return ['control', 'listener', 'pid', 'status', 'metrics'].filter(name => existsSync(rig.path(name)));
}

/** Ends an ssd that did not come through. */
export function giveUp({ssd, rig}: Scene): void {
  ssd.kill('SIGKILL');
  rmSync(rig.path('fail'), {force: true});
}
