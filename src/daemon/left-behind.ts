/**
 * Workers that ssd may not signal, and processes that hold a listener although their generation is gone. Both are
 * problems while they last, and the answers to restart and stop name them.
 */
import type {Event} from '../shared/protocol/event.js';
import type {Problem} from '../shared/protocol/problem.js';
import type {ResultOf} from '../shared/protocol/verbs.js';
import type {Answer} from '../shared/protocol/verdict.js';
import {IN_SPITE} from '../shared/words/describe-problem.js';
import type {Orphans} from './adoption/orphans.js';
import type {Snapshot} from './core/views/snapshot.js';
import type {RefusedSignal} from './effects.js';
import type {HandedOver} from './handover/handed-over.js';
import type {Problems} from './problems/problems.js';
import type {Listener} from './sockets/listener.js';
import type {Undo} from './system/undo.js';
import type {LeftBehindState} from './upgrade/parts.js';
import type {Children} from './workers/children.js';
import {type MayBeLater, watchPids} from './workers/holders/later-pids.js';
import {type Found, findHolders, type Holder, type Rightful} from './workers/holders/listener-holders.js';

export type LeftBehind = {
  readonly refused: (refused: RefusedSignal) => void;
  /** Takes every event. After the end of a worker it is time to look. */
  readonly hear: (event: Event) => void;
  /** Sends an answer. If that says that a generation is gone, it looks first what the generation left behind. */
  readonly whenSeen: (answer: Answer, send: () => void) => void;
  /** Resolves when no answer is held back any more. */
  readonly quiet: () => Promise<void>;
  readonly holdsAnswers: () => boolean;
  /** Looks for the last time. @returns the answer to those who asked to stop, with what outlives ssd */
  readonly atEnd: () => Promise<ResultOf<'stop'>>;
  readonly handOver: () => HandedOver<LeftBehindState>;
};

export type LeftBehindContext = {
  readonly listeners: readonly Listener[];
  readonly children: Pick<Children, 'remains'>;
  readonly problems: Problems;
  readonly undo: Undo;
  /** What a dead ssd has left: listeners of it can be held by processes that are older than this one. */
  readonly orphans: Pick<Orphans, 'state'>;
  readonly snapshot: () => Snapshot;
  /** Whether each worker leads a process group, which is ended with it. */
  readonly killGroup: boolean;
};

const HELD = 'listener-held';
/** A process that ends this soon after the worker was not left behind. */
const CONFIRM_MS = 250;
/** When to look after the end of a worker for which no request waits. A crash loop causes no more looks than this. */
const SOON_MS = 3000;
/** When to look again while a process holds a listener. */
const AGAIN_MS = 10_000;

/** @param revived what a former image of ssd has handed over */
export function watchLeftBehind(
  context: LeftBehindContext,
  revived: LeftBehindState | null = null,
): LeftBehind {
  const {listeners, problems, undo, orphans, snapshot, killGroup} = context;
  const refusals = createRefusals(context, revived);
  const rightful = () => rightfulOf(snapshot());
  const {until, ...held} = holdAnswers();
  const since = revived?.since ?? orphans.state?.since ?? null;
  const laterPids = since === null ? watchPids() : () => () => true;
  let timer: NodeJS.Timeout | undefined;
  let disposed = false;
  let looking = Promise.resolve();
  let next: Promise<void> | null = null;
  const lookOnce = async () => {
    next = null;
    const {holders, isWhole} = await confirmed(listeners, rightful, {mayBeLater: laterPids(), since});
    // Such a one has no environment yet, and still holds what closes on exec. The next look tells.
    const known = holders.filter(one => !one.isExecuting).map(one => describe(one, killGroup));
    if (disposed) return;
    tellOfHeld(problems, known, isWhole);
    if (holders.length > 0 || !isWhole) lookIn(AGAIN_MS);
  };
  // A look that is under way may miss what ended since it began. All who ask meanwhile share the next one.
  const look = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    next ??= looking.then(lookOnce);
    looking = next;
    return next;
  };
  const lookIn = (ms: number) => {
    if (!disposed) timer ??= setTimeout(look, ms);
  };
  if (revived && listeners.length > 0) lookIn(SOON_MS);
  undo.add(() => {
    disposed = true;
    clearTimeout(timer);
  });
  return {
    refused: refusals.add,
    hear: event => {
      if (event.type === 'finished') refusals.forget(event.pid);
      if (listeners.length > 0 && ENDS.has(event.type)) lookIn(SOON_MS);
    },
    whenSeen: (answer, send) => {
      const isOver = 'replaced' in answer && answer.replaced.length > answer.retiring.length;
      if (isOver && listeners.length > 0) until(look(), send);
      else send();
    },
    handOver: () => ({state: {refused: refusals.refused(), since}, fds: []}),
    ...held,
    atEnd: async () => {
      if (listeners.length > 0) await look();
      const outliving = problems.list().filter(({code}) => OUTLIVING.has(code));
      return {stopped: true, pid: process.pid, ...(outliving.length > 0 && {problems: outliving})};
    },
  };
}

/** @param isWhole whether there are no others */
function tellOfHeld(
  problems: Problems,
  held: readonly {readonly subject: string; readonly cause: string}[],
  isWhole: boolean,
): void {
  if (isWhole) problems.replace(HELD, held);
  else for (const problem of held) problems.raise({code: HELD, ...problem});
}

/** Workers that cannot be signalled. */
function createRefusals(
  {children, problems}: Pick<LeftBehindContext, 'children' | 'problems'>,
  revived: LeftBehindState | null,
) {
  const subjects = new Map(revived?.refused.map(({pid, subject}) => [pid, subject]));
  const solve = (pid: number) => {
    const subject = subjects.get(pid);
    if (subject !== undefined) problems.solve('signal-refused', subject);
  };
  return {
    add: ({generation, pid, cause}: RefusedSignal) => {
      const subject = `generation ${generation}, pid ${children.remains(pid).join(', ')}`;
      if (subjects.get(pid) !== subject) solve(pid);
      subjects.set(pid, subject);
      problems.raise({code: 'signal-refused', subject, cause});
    },
    forget: (pid: number) => {
      solve(pid);
      subjects.delete(pid);
    },
    refused: () => [...subjects].map(([pid, subject]) => ({pid, subject})),
  };
}

/** Answers that wait for a look. */
function holdAnswers() {
  const held = new Set<Promise<void>>();
  return {
    until: (look: Promise<void>, send: () => void) => {
      const sent = look.then(send, send).finally(() => held.delete(sent));
      held.add(sent);
    },
    holdsAnswers: () => held.size > 0,
    quiet: async () => {
      while (held.size > 0) await Promise.all(held);
    },
  };
}

const ENDS: ReadonlySet<Event['type']> = new Set(['finished', 'lost', 'start-failed']);
const OUTLIVING: ReadonlySet<Problem['code']> = new Set(['signal-refused', HELD]);
/** This many listeners are named. The others are only counted. */
const NAMED = 3;

async function confirmed(
  listeners: readonly Listener[],
  rightful: () => Rightful,
  search: {readonly mayBeLater: MayBeLater; readonly since: string | null},
): Promise<Found> {
  const {holders, isWhole} = await findHolders(listeners, rightful, search);
  if (holders.length === 0) return {holders, isWhole};
  await new Promise(resolve => setTimeout(resolve, CONFIRM_MS));
  const again = await findHolders(listeners, rightful, {
    among: holders.map(({pid}) => pid),
    since: search.since,
  });
  return {holders: again.holders, isWhole: isWhole && again.isWhole};
}

function rightfulOf({generations}: Snapshot): Rightful {
  const pids = generations.flatMap(({workers}) => workers.flatMap(({pid}) => (pid === null ? [] : [pid])));
  return {generations: new Set(generations.map(({generation}) => generation)), pids: new Set(pids)};
}

function describe(
  {pid, command, listeners}: Holder,
  killGroup: boolean,
): {readonly subject: string; readonly cause: string} {
  const more = listeners.length - NAMED;
  const names = listeners.slice(0, NAMED).join(', ');
  const held = more > 0 ? `${names} and ${more} more` : names;
  return {subject: `pid ${pid} (${command})`, cause: killGroup ? `${held}${IN_SPITE}` : held};
}
