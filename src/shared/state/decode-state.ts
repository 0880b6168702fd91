/** Checks the text of a state file. Whatever it says, only a whole and sound `State` comes out. Pure. */
import {
  LONGEST_TEXT,
  STATE_VERSION,
  type State,
  type StateGeneration,
  type StateListener,
  type StatePinned,
  type StateWorker,
} from './state.js';

/** More than any ssd has: a file that says more is no state file. */
const MOST = 100_000;
const LARGEST_PID = 2 ** 22;
/** ssd counts on from such a number. */
const LARGEST = 2 ** 40;

/** @returns the state, or why there is none, in words */
export function decodeState(text: string): State | {readonly problem: string} {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {problem: 'it is not whole: it does not end as JSON does'};
  }
  try {
    const root = object(value, 'the file');
    const version = whole(root.version, 'version');
    if (version > STATE_VERSION)
      return {
        problem: `a later version of ssd has written it (version ${version}, known is ${STATE_VERSION})`,
      };
    return decode(root, version);
  } catch (error) {
    if (error instanceof Unsound) return {problem: error.message};
    throw error;
  }
}

class Unsound extends Error {}

type Members = Readonly<Record<string, unknown>>;

function decode(root: Members, version: number): State {
  const workers = object(root.workers, 'workers');
  const generations = list(root.generations, 'generations').map(generationOf);
  const writer = markOf(object(root.writer, 'writer'));
  const state: State = {
    version,
    ssd: text(root.ssd, 'ssd'),
    boot: text(root.boot, 'boot'),
    pids: text(root.pids, 'pids'),
    writer,
    killGroup: root.killGroup === true,
    since: root.since === undefined ? writer.startedAt : startOf(root.since),
    writtenAt: orNull(root.writtenAt, startOf),
    last: whole(root.last, 'last'),
    workers: {wanted: aFew(workers.wanted, 'wanted'), asked: aFew(workers.asked, 'asked')},
    stopSignal: signalOf(root.stopSignal),
    service: (root.service ?? null) === null ? null : text(root.service, 'service'),
    good: pinnedOf(root.good, 'good'),
    former: pinnedOf(root.former, 'former'),
    generations,
    listeners: list(root.listeners, 'listeners').map(listenerOf),
  };
  demandSound(state);
  return state;
}

/** What the core relies on. */
function demandSound({generations, last}: State): void {
  const numbers = generations.map(({generation}) => generation);
  const rising = numbers.every((number, nth) => nth === 0 || number > (numbers[nth - 1] ?? 0));
  if (!rising || numbers.some(number => number < 1 || number > last))
    throw new Unsound('its generations are not in order');
  for (const phase of ['starting', 'ready', 'held'] as const)
    if (generations.filter(one => one.phase === phase).length > 1)
      throw new Unsound(`it has several generations that are ${phase}`);
  for (const {workers} of generations)
    if (new Set(workers.map(({id}) => id)).size < workers.length) throw new Unsound('it has a worker twice');
  const pids = generations.flatMap(({workers}) => workers.map(({pid}) => pid));
  if (new Set(pids).size < pids.length) throw new Unsound('it has a pid twice');
}

function generationOf(value: unknown): StateGeneration {
  const members = object(value, 'a generation');
  return {
    generation: atLeastOne(members.generation, 'generation'),
    phase: oneOf(members.phase, ['starting', 'ready', 'held', 'retiring'], 'phase'),
    release: members.release === null ? null : text(members.release, 'release'),
    workers: list(members.workers, 'workers').map(workerOf),
  };
}

function workerOf(value: unknown): StateWorker {
  const members = object(value, 'a worker');
  const mark = markOf(members);
  // ssd can be process 1 of a container, a worker cannot.
  if (mark.pid === 1) throw new Unsound('it has no sound pid');
  return {
    ...mark,
    id: whole(members.id, 'id'),
    index: whole(members.index, 'index'),
    phase: oneOf(members.phase, ['starting', 'ready', 'retiring'], 'phase'),
    onDeath:
      members.onDeath === undefined ? 'keep' : oneOf(members.onDeath, ['keep', 'term', 'kill'], 'onDeath'),
    hasGroup: members.hasGroup === true,
    uid: orNull(members.uid, value => whole(value, 'uid')),
  };
}

function markOf(members: Members): {readonly pid: number; readonly startedAt: string} {
  const pid = whole(members.pid, 'pid');
  const startedAt = startOf(members.startedAt);
  if (pid < 1 || pid > LARGEST_PID) throw new Unsound('it has no sound pid');
  return {pid, startedAt};
}

function startOf(value: unknown): string {
  const start = text(value, 'startedAt');
  if (/^\d{1,20}$/.test(start)) return start;
  throw new Unsound('it has no sound pid');
}

function listenerOf(value: unknown): StateListener {
  const members = object(value, 'a listener');
  const inode = text(members.inode, 'inode');
  if (!/^\d+$/.test(inode)) throw new Unsound('it has no sound inode');
  return {
    name: text(members.name, 'name'),
    type: oneOf(members.type, ['tcp', 'udp', 'unix'], 'type'),
    address: text(members.address, 'address'),
    fd: whole(members.fd, 'fd'),
    inode,
    file: members.file === null ? null : text(members.file, 'file'),
  };
}

function signalOf(value: unknown): string {
  const signal = text(value, 'stopSignal');
  if (/^[A-Z][A-Z0-9+]{0,15}$/.test(signal)) return signal;
  throw new Unsound('stopSignal is no signal');
}

function pinnedOf(value: unknown, name: string): StatePinned | null {
  if (value === null) return null;
  const members = object(value, name);
  return {
    generation: atLeastOne(members.generation, 'generation'),
    release: text(members.release, 'release'),
  };
}

function object(value: unknown, name: string): Members {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members;
  throw new Unsound(`${name} is not an object`);
}

/** A member that the file need not have. */
function orNull<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === undefined || value === null ? null : read(value);
}

function list(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value) && value.length <= MOST) return value;
  throw new Unsound(`${name} is not a list`);
}

function whole(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LARGEST) return value;
  throw new Unsound(`${name} is not a number`);
}

function atLeastOne(value: unknown, name: string): number {
  const number = whole(value, name);
  if (number > 0) return number;
  throw new Unsound(`${name} is 0`);
}

/** As many workers as ssd could have. */
function aFew(value: unknown, name: string): number {
  const number = atLeastOne(value, name);
  if (number <= MOST) return number;
  throw new Unsound(`${name} is too large`);
}

function text(value: unknown, name: string): string {
  if (typeof value === 'string' && value.length <= LONGEST_TEXT && !value.includes('\0')) return value;
  throw new Unsound(`${name} is not a text`);
}

function oneOf<T extends string>(value: unknown, known: readonly T[], name: string): T {
  const found = known.find(one => one === value);
  if (found !== undefined) return found;
  throw new Unsound(`${name} has no known value`);
}
