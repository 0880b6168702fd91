/** Faults for a copy of the core. The simulation must find each of them. */

import {ADOPTION_FAULTS} from './adoption.js';
import {ATTEMPT_FAULTS} from './attempts.js';
import type {Fault} from './fault.js';
import {HANDOVER_FAULTS} from './handover.js';
import {MEMORY_FAULTS} from './memory.js';
import {RELEASE_FAULTS} from './release.js';
import {TRIAL_FAULTS} from './trial.js';
import {VACANCY_FAULTS} from './vacancy.js';

export const FAULTS: Readonly<Record<string, Fault>> = {
  ...MEMORY_FAULTS,
  ...ADOPTION_FAULTS,
  ...ATTEMPT_FAULTS,
  ...HANDOVER_FAULTS,
  ...RELEASE_FAULTS,
  ...TRIAL_FAULTS,
  ...VACANCY_FAULTS,
  'a starting worker that exits is not noticed': cell('starting', 'exited: endUntold', 'exited: stay'),
  'a starting worker becomes ready when it is told to finish': cell(
    'starting',
    'tell: retire',
    'tell: becomeReady',
  ),
  'a worker that closes its readiness descriptor counts as ready': {
    file: 'worker/worker.js',
    from: "unready: (state, { now }) => giveUp(state, now, 'closed')",
    to: 'unready: becomeReady',
  },
  'a report of readiness is ignored': cell('starting', 'ready: becomeReady', 'ready: stay'),
  'a ready worker is not told to finish': cell('ready', 'tell: retire', 'tell: stay'),
  'a ready worker that exits counts as told to finish': cell('ready', 'exited: endUntold', 'exited: end'),
  'the stop timeout is ignored': cell('retiring', 'deadline: stepWhenDue', 'deadline: stay'),
  'an order to a pending worker is forgotten': cell('pending', 'tell: rememberFarewell', 'tell: stay'),
  'a worker is ready before its interval is over': {
    file: 'worker/worker.js',
    from: 'state.dueAt === null || now < state.dueAt',
    to: 'state.dueAt === null',
  },
  'a worker is killed before its time': {
    file: 'worker/worker-end.js',
    from: 'state.killAt !== null && now >= state.killAt',
    to: 'state.killAt !== null',
  },
  'a further signal is sent at once': {
    file: 'worker/worker-end.js',
    from: 'state.steps.filter(({ at }) => now >= at)',
    to: 'state.steps',
  },
  'a worker is killed only once': {
    file: 'worker/worker-end.js',
    from: 'killAt: now + KILL_AGAIN_MS',
    to: 'killAt: null',
  },
  'the other workers of a failed generation are not told to finish': {
    file: 'generation.js',
    from: 'starting: { progress: readyWithAll, loss: fail,',
    to: 'starting: { progress: readyWithAll, loss: (state, { loss }) => end(state, loss),',
    isRare: true,
  },
  'one ready worker makes a generation ready': {
    file: 'generation.js',
    from: "state.workers.every(({ phase }) => phase === 'ready')",
    to: "state.workers.some(({ phase }) => phase === 'ready')",
  },
  'kill-old-delay is ignored': {
    file: 'generation.js',
    from: 'const tellAt = delayMs === 0 ? null : now + delayMs;',
    to: 'const tellAt = null;',
  },
  'a kill-old-delay that has passed without its timer is kept': {
    file: 'generation.js',
    from: 'state.tellAt !== null && now < state.tellAt',
    to: 'state.tellAt !== null',
    isRare: true,
  },
  'replaced workers are told to finish although nothing serves': {
    file: 'settle.js',
    within: 'function dismissReplaced',
    from: 'if (!current)',
    to: 'if (!current && settings.rolling !== null)',
    isRare: true,
  },
  'rolling tells too many workers to finish': {
    file: 'settle.js',
    from: 'Math.max(0, ready.length - spared)',
    to: 'Math.max(0, ready.length - spared + 1)',
  },
  'a restart does not wait for its pause': {
    file: 'due.js',
    from: 'return Math.max(notBefore, restart.notBefore);',
    to: 'return 0;',
  },
  'the pause after a loss is not kept': {
    file: 'feed.js',
    from: 'notBefore: lastSpawnAt + pauseAfter(1, settings)',
    to: 'notBefore: lastSpawnAt',
  },
  'vacant places stay vacant': {
    file: 'settle.js',
    from: 'order(turn, { number: current.number, workers: places }, originWithin(model, current.number));',
    to: '',
  },
  'the timer is not set for vacant places': {
    file: 'due.js',
    from: 'restartAt(model), fillAt(model), ',
    to: 'restartAt(model), ',
    isRare: true,
  },
  'the timer that has fired is not forgotten': {
    file: 'supervisor.js',
    from: 'update(turn, { timerAt: null });',
    to: '',
    isRare: true,
  },
  'a restart asked for while one is incoming joins it': {
    file: 'ask.js',
    from: "? 'following' : 'restart'",
    to: "? 'restart' : 'restart'",
  },
  'a restart that follows is dropped': {
    file: 'restart.js',
    from: 'following ? join(rest, following) :',
    to: '',
  },
  'a superseded client gets no verdict': {
    file: 'restart.js',
    from: 'effects: [...superseded, ...done]',
    to: 'effects: [...done]',
    isRare: true,
  },
  'a verdict does not wait for the replaced generations': {
    file: 'restart.js',
    from: 'left.includes(number) && !workers.every(isRefused)',
    to: 'false',
  },
  'a client that has hung up is answered': {
    file: 'restart.js',
    from: 'const waits = (waiter) => waiter.token !== token;',
    to: 'const waits = () => true;',
    isRare: true,
  },
  'a stop does not answer clients that scale': {
    file: 'verdicts.js',
    from: '...asking, ...scaling',
    to: '...asking',
  },
  'a stop does not answer clients that wait for a restart': {
    file: 'requests.js',
    from: "apply(turn, cancelAll(turn.model, 'stopping'));",
    to: '',
  },
  'the end is announced while workers live': {
    file: 'settle.js',
    from: "wanted.state !== 'stopped' || !workers.every(isOutOfReach)",
    to: "wanted.state !== 'stopped'",
  },
  'what is left of a lost worker is not told': {
    file: 'worker/worker-end.js',
    within: 'function lingerLost',
    from: 'effects: signalTo(state, signal)',
    to: 'effects: []',
  },
  'the end of the leader is taken for that of the worker': cell(
    'retiring',
    "'leader-ended': linger",
    "'leader-ended': end",
  ),
  'what is left of a worker counts as one that serves': {
    file: 'worker/worker-state.js',
    within: 'function isLeaving',
    from: "state.phase === 'retiring' || state.phase === 'lingering'",
    to: "state.phase === 'retiring'",
  },
  'a refused signal is not heard of': cell('retiring', "'signal-refused': refuse", "'signal-refused': stay"),
  'a stop waits for the end of what cannot be told': {
    file: 'supervisor.js',
    from: "turn.model.wanted.state === 'stopped' ? graceOf(turn.model) : null",
    to: 'null',
    isRare: true,
  },
  'a stop leaves what cannot be told, but can be killed': {
    file: 'worker/worker-state.js',
    within: 'function isOutOfReach',
    from: 'state.refused && state.killed',
    to: 'state.refused',
  },
  'a worker that refuses keeps others from growing': {
    file: 'model.js',
    from: 'workers.filter(one => !isRefused(one))',
    to: 'workers',
    isRare: true,
  },
  'an answer to a signal is forgotten': {
    file: 'requests.js',
    from: 'if (token !== null)\n        answer(turn, [token], { signal, pids, refused });',
    to: '',
  },
  'the status file is not kept': {
    file: 'settle.js',
    from: "turn.effects.unshift({ type: 'save-status', lines });",
    to: 'turn.model = { ...turn.model, statusLines: saved };',
  },
  'the status file is written after it was told': {
    file: 'settle.js',
    from: 'turn.effects.unshift(',
    to: 'turn.effects.push(',
  },
};

/** A fault in the table of a worker's transitions. */
function cell(phase: string, from: string, to: string): Fault {
  return {file: 'worker/worker.js', within: `\n    ${phase}: {`, from, to};
}
