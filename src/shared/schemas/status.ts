/** The results of `status`, `releases` and `connections`. */
import * as v from 'valibot';
import type {Connections} from '../protocol/connection.js';
import type {Releases} from '../protocol/releases.js';
import type {Status} from '../protocol/status.js';
import type {Agrees} from './agreement.js';
import {death, problem} from './failures.js';
import {
  counted,
  flag,
  generation,
  leftOut,
  orNull,
  pid,
  pids,
  says,
  text,
  time,
  whole,
  withRelease,
} from './values.js';

const listener = v.object({
  name: text,
  fd: whole,
  type: v.picklist(['tcp', 'udp', 'unix']),
  address: text,
  queue: says(
    orNull(v.object({waiting: whole, limit: whole})),
    'Connections that wait to be accepted, and how many may wait. null for UDP, or if the kernel does not report them.',
  ),
  buffer: says(
    orNull(v.object({bytes: whole, limit: whole})),
    'Memory that waiting datagrams take, and how much they may take, in bytes. null for all but UDP.',
  ),
  drops: says(
    orNull(whole),
    'Packets of new connections, or datagrams, that the kernel has dropped since ssd bound it. null if it does not tell.',
  ),
});

const worker = v.object({
  phase: v.picklist(['pending', 'starting', 'ready', 'retiring', 'lingering']),
  index: says(whole, 'The place of the worker in its generation, from 0: `SSD_WORKER_INDEX`.'),
  pid: orNull(pid),
  ageMs: whole,
  retiringMs: says(orNull(whole), 'How long ago it was told to finish, or was killed. null if it was not.'),
  restarts: says(whole, 'How often the generation has replaced the worker at this place.'),
  text: says(orNull(text), 'The text that the worker sent with `STATUS=`.'),
  stopping: says(flag, 'Whether the worker has said that it is finishing.'),
  stopped: says(
    flag,
    'Whether the process is stopped, by SIGSTOP or by a terminal (SIGTTIN), and does nothing.',
  ),
  memoryBytes: says(
    orNull(whole),
    "The worker's share of memory (PSS) and its processor time. null if the system does not report them.",
  ),
  cpuMs: orNull(whole),
  tooHeavy: says(
    leftOut(v.object({bytes: whole, limit: whole})),
    'It takes more memory than `--max-memory` allows, with its descendants: its successor starts. Left out otherwise.',
  ),
  connections: says(
    orNull(whole),
    'The connections that it has accepted and not closed, with those of its descendants, and how old the oldest is at least. null if the system does not tell, or no listener takes connections.',
  ),
  oldestConnectionMs: orNull(whole),
});

const generationStatus = v.object({
  ...withRelease,
  generation,
  phase: says(
    v.picklist(['starting', 'ready', 'held', 'retiring']),
    '`held`: it serves beside its successor, which is on trial.',
  ),
  ageMs: whole,
  adopted: says(
    leftOut(v.literal(true)),
    'An ssd that was killed started its workers, and this one has taken them over. Left out otherwise.',
  ),
  workers: v.array(worker),
});

const trial = v.object({
  generation,
  old: says(orNull(generation), 'The generation that comes back if it fails. null: it is lost.'),
  ageMs: whole,
  leftMs: whole,
  checks: says(
    orNull(v.object({run: whole, failures: orNull(whole)})),
    'How many checks were started, and how many of the last have failed in a row. null: there is no check.',
  ),
});

const releasesInShort = {
  link: says(text, 'What `--release` says.'),
  good: says(orNull(text), 'The release that ssd starts again of itself. null until one was good.'),
  former: says(orNull(text), 'The one that was good before it, to which `rollback` goes back.'),
};

export const status = v.object({
  statusVersion: counted,
  instance: text,
  version: text,
  pid,
  uptimeMs: whole,
  wanted: v.picklist(['running', 'stopped']),
  workers: says(counted, 'How many workers a generation should have.'),
  program: v.array(text),
  logFile: says(
    orNull(text),
    'The absolute path of the file that `--log-file` names. null without a log file, and for a log command.',
  ),
  logCommand: says(leftOut(text), 'The command that `--log-file` names. Left out without one.'),
  http: says(
    leftOut(text),
    'Where HTTP is served: `http://127.0.0.1:9090` or a path. Left out without `--http`.',
  ),
  paused: says(
    leftOut(v.object({ageMs: whole, leftMs: whole})),
    'No worker is to run for `leftMs` more at the most (`pause`). Left out otherwise.',
  ),
  trial: says(leftOut(trial), 'The current generation is on trial. Left out otherwise.'),
  release: says(leftOut(v.object(releasesInShort)), 'Left out without `--release`.'),
  current: orNull(generation),
  incoming: orNull(generation),
  failing: says(
    orNull(v.object({attempts: counted, agoMs: whole})),
    'A crash loop. Every attempt of the restart or start that is under way has failed so far, and ssd keeps trying; or several generations in a row were lost within ten seconds of being ready.',
  ),
  listeners: v.array(listener),
  generations: v.array(generationStatus),
  failures: v.array(
    v.object({...death, what: v.picklist(['start-failed', 'lost', 'rejected']), agoMs: whole}),
  ),
  problems: says(v.array(problem), 'The problems that last now, the oldest first.'),
});

export const releases = v.object({
  ...releasesInShort,
  target: says(
    leftOut(text),
    'The directory to which the link leads now. Left out if workers cannot start there.',
  ),
  runs: says(
    v.array(
      v.object({
        generation,
        release: text,
        startedAt: says(
          time,
          'Times of day (ISO 8601, UTC). `readyAt` null: it never was; `endedAt` null: it lives.',
        ),
        readyAt: orNull(time),
        endedAt: orNull(time),
        state: says(
          v.picklist(['starting', 'serving', 'finishing', 'finished', 'failed', 'lost']),
          '`failed`: it was never ready, or failed its trial. `lost`: it was ready, and ended without having been told to.',
        ),
      }),
    ),
    'The latest generations, the oldest first.',
  ),
});

const connection = v.object({
  generation,
  worker: says(pid, 'The pid of the worker.'),
  listener: says(text, 'The name of the listener at which it came in.'),
  type: v.picklist(['tcp', 'unix']),
  peer: says(
    orNull(text),
    'The address of the client. For unix its name, or else its user (`uid 1000`). null if the kernel does not tell.',
  ),
  state: says(
    text,
    '`established`; `close-wait`: the client has finished; other states of TCP (tcp(7), netstat(8)).',
  ),
  received: says(whole, 'Bytes that the worker has not read yet.'),
  unsent: says(whole, 'Bytes that the client has not acknowledged yet; for unix: has not read yet.'),
  idleMs: says(orNull(whole), 'How long no data has come or gone. null for unix.'),
  ageMs: says(
    whole,
    'How old it is at least: since ssd saw it first, or since data came or went last in one direction.',
  ),
});

export const connections = v.object({
  total: says(whole, 'How many there are. More than are listed if there are very many.'),
  connections: says(v.array(connection), 'In the order of generation, worker and age, the oldest first.'),
  workers: says(pids, 'The workers that were looked at.'),
  unknown: says(pids, 'Those of them whose connections the system does not tell.'),
});

export const statusAgrees: readonly [
  Agrees<v.InferOutput<typeof status>, Status>,
  Agrees<v.InferOutput<typeof releases>, Releases>,
  Agrees<v.InferOutput<typeof connections>, Connections>,
] = [true, true, true];
