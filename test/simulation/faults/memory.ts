/** Faults in what the core does for `--max-memory`. */
import type {Fault} from './fault.js';

export const MEMORY_FAULTS: Readonly<Record<string, Fault>> = {
  'a heavy worker is told before its successor is ready': {
    file: 'memory/replace.js',
    within: 'function settleReplacement',
    from: '|| !isReady(pair.successor)',
    to: '',
  },
  'a heavy worker stays when its successor is ready': {
    file: 'memory/replace.js',
    within: 'function settleReplacement',
    from: "feed(turn, generation, { type: 'tell'",
    to: "feed(turn, 0, { type: 'tell'",
  },
  'two heavy workers are replaced at a time': {
    file: 'memory/replace.js',
    within: 'function takeHeavy',
    from: 'replacement || ',
    to: '',
  },
  'a worker within the limit is replaced': {
    file: 'memory/replace.js',
    from: ' || bytes <= settings.maxMemory',
    to: '',
  },
  'a worker is replaced while something else goes on': {
    file: 'memory/replace.js',
    within: 'function isQuiet',
    from: ' || restart || following || recovery || trial || incomingOf(model)',
    to: '',
  },
  'a worker is replaced while another one is missing': {
    file: 'memory/replace.js',
    from: 'readyPlaces(model) === workers && untoldOf(current).length === workers',
    to: 'true',
  },
  'a worker is replaced in the pause after a loss': {
    file: 'memory/replace.js',
    from: ' || now < model.notBefore',
    to: '',
    isRare: true,
  },
  'a place fills with workers that finish': {
    file: 'memory/replace.js',
    from: ' && isAlone(current, index)',
    to: '',
  },
  'a replacement needs more room than a rolling restart': {
    file: 'memory/replace.js',
    from: ' && hasRoom(model)',
    to: '',
    isRare: true,
  },
  'a replacement goes on without its successor': {
    file: 'memory/replace.js',
    within: 'function orderedPlace',
    from: 'if (!pairOf(turn.model))',
    to: 'if (replacement.successor === null)',
  },
  'a successor takes the place of another worker that is missing': {
    file: 'due.js',
    from: 'staying.length === model.workers && !model.replacement',
    to: 'staying.length === model.workers',
    isRare: true,
  },
  'a successor counts before it is ready': {
    file: 'memory/staying.js',
    from: '!isSpare(model, current.number, id)',
    to: 'true',
    isRare: true,
  },
};
