/** Faults that are put into a copy of the core, each of which the simulation must find. */

/** Text of the compiled file and what it becomes. It must be there exactly once, or is the first after `within`. */
export type Fault = {
  readonly file: string;
  readonly within?: string;
  readonly from: string;
  readonly to: string;
  /** It takes hundreds of worlds to find it. */
  readonly isRare?: true;
};

export const FAULTS: Readonly<Record<string, Fault>> = {
  'a starting worker that exits is not noticed': cell('starting', 'exited: endUntold', 'exited: stay'),
  'a starting worker is ready, whatever it is told': cell('starting', 'tell: retire', 'tell: becomeReady'),
  'a worker that closes its readiness descriptor counts as ready': {
    file: 'worker.js',
    from: "unready: (state, { now }) => giveUp(state, now, 'closed')",
    to: 'unready: becomeReady',
  },
  'a word of readiness is not heard': cell('starting', 'ready: becomeReady', 'ready: stay'),
  'a ready worker is not told': cell('ready', 'tell: retire', 'tell: stay'),
  'a ready worker that exits counts as told': cell('ready', 'exited: endUntold', 'exited: end'),
  'the stop timeout passes unheard': cell('retiring', 'deadline: killWhenDue', 'deadline: stay'),
  'what a worker is told before its spawn is forgotten': cell(
    'pending',
    'tell: rememberFarewell',
    'tell: stay',
  ),
  'a worker is ready before its interval is over': {
    file: 'worker.js',
    from: 'state.dueAt === null || now < state.dueAt',
    to: 'state.dueAt === null',
  },
  'a worker is killed before its time': {
    file: 'worker.js',
    from: 'state.killAt === null || now < state.killAt',
    to: 'state.killAt === null',
  },
  'a killed worker is killed no more': {
    file: 'worker.js',
    from: 'killAt: now + KILL_AGAIN_MS',
    to: 'killAt: null',
  },
  'the fellows of a failed worker are left alone': {
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
  'kill-old-delay is passed over': {
    file: 'generation.js',
    from: 'const tellAt = delayMs === 0 ? null : now + delayMs;',
    to: 'const tellAt = null;',
  },
  'a kill-old-delay that is over, unheard of, is kept': {
    file: 'generation.js',
    from: 'state.tellAt !== null && now < state.tellAt',
    to: 'state.tellAt !== null',
    isRare: true,
  },
  'the replaced are told though nothing serves': {
    file: 'settle.js',
    within: 'function dismissReplaced',
    from: 'if (!current)',
    to: 'if (!current && settings.rolling !== null)',
    isRare: true,
  },
  'rolling tells too many': {
    file: 'settle.js',
    from: 'Math.max(0, ready.length - spared)',
    to: 'Math.max(0, ready.length - spared + 1)',
  },
  'a restart does not wait for its pause': {
    file: 'model.js',
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
    from: "turn.effects.push({ type: 'spawn', generation: current.number, places, of: model.workers });",
    to: '',
  },
  'the timer is not set for vacant places': {
    file: 'model.js',
    from: 'restartAt(model), fillAt(model)]',
    to: 'restartAt(model)]',
    isRare: true,
  },
  'the timer that has fired is not forgotten': {
    file: 'supervisor.js',
    from: 'update(turn, { timerAt: null });',
    to: '',
    isRare: true,
  },
  'a restart asked for while one is incoming joins it': {
    file: 'restart.js',
    from: '{ ...model, following: merge(model.following, request) }',
    to: '{ ...model, restart: merge(model.restart, request) }',
  },
  'a restart that follows is dropped': {
    file: 'restart.js',
    from: 'following ? merge(rest, following) : rest',
    to: 'rest',
  },
  'an attempt is not charged': {
    file: 'restart.js',
    from: 'waiter.attemptsLeft - 1',
    to: 'waiter.attemptsLeft',
  },
  'who is superseded is not told': {
    file: 'restart.js',
    from: 'effects: [...superseded, ...done]',
    to: 'effects: [...done]',
    isRare: true,
  },
  'a verdict does not wait for those replaced': {
    file: 'restart.js',
    from: 'finishing.replaced.includes(number))',
    to: 'false)',
  },
  'who has hung up is answered': {
    file: 'restart.js',
    from: 'const waits = (waiter) => waiter.token !== token;',
    to: 'const waits = () => true;',
    isRare: true,
  },
  'a stop leaves those who wait for a number alone': {
    file: 'restart.js',
    from: '[...asking, ...scaling]',
    to: '[...asking]',
  },
  'who waits for a restart is not told of a stop': {
    file: 'requests.js',
    from: 'apply(turn, cancelAll(turn.model));',
    to: '',
  },
  'the end is announced while workers live': {
    file: 'settle.js',
    from: "wanted.state !== 'stopped' || generations.length > 0",
    to: "wanted.state !== 'stopped'",
  },
  'the status file is not kept': {
    file: 'settle.js',
    from: "turn.effects.push({ type: 'save-status', lines });",
    to: 'turn.model = { ...turn.model, statusLines: saved };',
  },
};

/** In the table of a worker's transitions. */
function cell(phase: string, from: string, to: string): Fault {
  return {file: 'worker.js', within: `\n    ${phase}: {`, from, to};
}
