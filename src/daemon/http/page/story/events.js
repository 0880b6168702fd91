/** What each event adds to the story, and which entry of the time line it belongs to. */
/** @import {Event} from '../../../../shared/protocol/event.js' */
/** @import {Entry, EventOf, Generation, Story} from '../types.js' */
import {
  concern,
  finish,
  generationOf,
  lossOf,
  noteOf,
  open,
  pending,
  problemNote,
  timeOf,
  waiting,
} from './entries.js';

/** @type {{readonly [T in Event['type']]: (story: Story, event: EventOf<T>) => Entry | null}} */
export const TAKE = {
  'restart-asked': takeAsked,
  spawned: takeSpawned,
  'worker-ready': (story, {generation, at}) => {
    const loss = lossOf(story, generation);
    if (loss) loss.endedAt = timeOf(at);
    return loss ?? concern(story, generation);
  },
  ready: takeReady,
  'trial-began': (story, {generation, at}) => {
    generationOf(story, generation).trialAt = timeOf(at);
    return concern(story, generation);
  },
  'trial-checked': (story, {generation}) => concern(story, generation),
  'trial-ended': takeTrialEnded,
  'start-failed': (story, {generation, at, livedMs}) => {
    const failed = generationOf(story, generation);
    failed.failedAt ??= timeOf(at);
    began(failed, failed.failedAt - livedMs);
    return concern(story, generation);
  },
  lost: (story, event) => {
    if (event.pid !== null) generationOf(story, event.generation).pids.delete(event.pid);
    return (
      lossOf(story, event.generation) ?? open(story, event, {kind: 'loss', about: `${event.generation}`})
    );
  },
  telling: (story, {generation, at}) => {
    generationOf(story, generation).toldAt ??= timeOf(at);
    return concern(story, generation);
  },
  killing: (story, {generation}) => concern(story, generation),
  'leader-ended': (story, {generation}) => concern(story, generation),
  finished: takeFinished,
  'restart-ended': takeEnded,
  'cancel-asked': story => pending(story),
  'making-room': story => pending(story),
  'release-gone': (story, event) => pending(story) ?? open(story, event, {kind: 'note'}),
  delaying: story => story.entries.findLast(({kind, end}) => kind === 'restart' && end === null) ?? null,
  paused: (story, event) => takeAllOver(story, noteOf(story, event, 'pause')),
  resumed: (story, event) => finish(noteOf(story, event, 'pause'), event),
  'scale-asked': (story, event) => open(story, event, {kind: 'note', about: 'scale'}),
  scaled: (story, event) => finish(noteOf(story, event, 'scale'), event),
  'stop-asked': (story, event) => takeAllOver(story, noteOf(story, event, 'stop')),
  stopped: (story, event) => finish(noteOf(story, event, 'stop'), event),
  problem: (story, event) => problemNote(story, event),
  'problem-solved': (story, event) => finish(problemNote(story, event), event),
  adopted: (story, event) => {
    const adopted = generationOf(story, event.generation);
    for (const pid of event.pids) adopted.pids.add(pid);
    adopted.release = event.release ?? null;
    story.current ??= event.generation;
    return open(story, event, {kind: 'note'});
  },
  'not-adopted': (story, event) => open(story, event, {kind: 'note'}),
  upgraded: (story, event) => open(story, event, {kind: 'note'}),
  'upgrade-failed': (story, event) => open(story, event, {kind: 'note'}),
  'too-heavy': (story, event) => open(story, event, {kind: 'note'}),
  signalled: (story, event) => open(story, event, {kind: 'note'}),
};

/**
 * @param {Story} story
 * @param {EventOf<'restart-asked'>} event
 */
function takeAsked(story, event) {
  const entry =
    (event.queued ? waiting(story) : null) ?? open(story, event, {kind: 'restart', queued: event.queued});
  entry.asked.push(event.by);
  return entry;
}

/**
 * @param {Story} story
 * @param {EventOf<'spawned'>} event
 */
function takeSpawned(story, event) {
  const {generation, pid, release = null} = event;
  const spawned = generationOf(story, generation);
  const isFirst = spawned.spawnedAt === null && !event.added && spawned.pids.size === 0;
  spawned.pids.add(pid);
  if (!isFirst) return lossOf(story, generation) ?? concern(story, generation);
  spawned.spawnedAt = timeOf(event.at);
  spawned.release = release;
  const entry = pending(story) ?? open(story, event, {kind: 'start'});
  entry.attempts.push(generation);
  if (entry.kind === 'restart' && story.current !== null) entry.replaced = [story.current];
  story.concerns.set(generation, entry);
  return entry;
}

/**
 * @param {Story} story
 * @param {EventOf<'ready'>} event
 */
function takeReady(story, event) {
  const {generation, at, tookMs, release = null} = event;
  const ready = generationOf(story, generation);
  ready.readyAt = timeOf(at);
  began(ready, ready.readyAt - tookMs);
  ready.release = release;
  const entry = concern(story, generation);
  const former = story.current;
  story.current = generation;
  // What becomes of the one that it replaces is told by the same entry.
  if (entry && former !== null && former !== generation) story.concerns.set(former, entry);
  if (entry?.kind === 'start' || entry?.kind === 'loss') entry.endedAt = timeOf(at);
  return entry;
}

/**
 * The event of the spawn comes a little later than the spawn itself, since which the time is counted.
 *
 * @param {Generation} generation
 * @param {number} at
 */
function began(generation, at) {
  if (generation.spawnedAt !== null && generation.spawnedAt > at) generation.spawnedAt = at;
}

/**
 * @param {Story} story
 * @param {EventOf<'trial-ended'>} event
 */
function takeTrialEnded(story, {generation, old, passed, at}) {
  const tried = generationOf(story, generation);
  tried.trialEndedAt = timeOf(at);
  if (passed === false) {
    tried.failedAt ??= timeOf(at);
    story.current = old;
  }
  return concern(story, generation);
}

/**
 * @param {Story} story
 * @param {EventOf<'finished'>} event
 */
function takeFinished(story, {generation, pid, at}) {
  const finishing = generationOf(story, generation);
  finishing.pids.delete(pid);
  if (finishing.toldAt !== null && finishing.pids.size === 0) finishing.goneAt ??= timeOf(at);
  return concern(story, generation);
}

/**
 * @param {Story} story
 * @param {EventOf<'restart-ended'>} event
 */
function takeEnded(story, event) {
  const number = event.verdict === 'cancelled' ? null : event.generation;
  const unended = story.entries.filter(({kind, end}) => kind === 'restart' && end === null);
  const entry =
    unended.find(({attempts}) => number !== null && attempts.includes(number)) ??
    unended.find(({attempts}) => !attempts.some(one => story.generations.get(one)?.readyAt)) ??
    open(story, event, {kind: 'restart'});
  if (number !== null && !entry.attempts.includes(number)) entry.attempts.push(number);
  if (event.verdict === 'completed') {
    entry.replaced = event.replaced;
    for (const one of event.replaced)
      if (!event.retiring.includes(one)) generationOf(story, one).goneAt ??= timeOf(event.at);
  }
  entry.end = event;
  return finish(entry, event);
}

/**
 * The note tells from now on what becomes of the generations.
 *
 * @param {Story} story
 * @param {Entry} note
 */
function takeAllOver(story, note) {
  for (const number of story.generations.keys()) story.concerns.set(number, note);
  return note;
}
