/** Faults in taking over what an ssd that was killed has left. */
import type {Fault} from './fault.js';

const FILE = 'adoption/adopt.js';

export const ADOPTION_FAULTS: Readonly<Record<string, Fault>> = {
  'the numbers of generations begin anew after a death': {
    file: FILE,
    from: 'update(turn, {\n        last,',
    to: 'update(turn, {\n        last: 0,',
  },
  'nothing replaces what was taken over': {
    file: FILE,
    from: 'update(turn, { restart: { ...ownRestart(turn.model), bakeMs, endless: true } });',
    to: '',
  },
  'what is on trial is current after a death': {
    file: FILE,
    from: 'const found = held ?? ',
    to: 'const found = ',
    isRare: true,
  },
  'who was told to finish is ready after a death': {
    file: FILE,
    from: "if (phase === 'ready')\n        return { phase,",
    to: "if (phase !== 'starting')\n        return { phase: 'ready',",
  },
  'the wanted number of workers does not survive a death': {
    file: FILE,
    from: 'adopted.workers ?? ',
    to: '',
  },
  'the good release does not survive a death': {
    file: FILE,
    from: 'good: pinned ? good : null',
    to: 'good: null',
  },
  'a place is filled in what is about to be replaced': {
    file: 'due.js',
    from: 'if (isAboutToBeReplaced(current, model))\n        return [];',
    to: '',
  },
  'a generation that was starting is current after a death': {
    file: FILE,
    from: "({ phase }) => phase === 'ready');\n    return found?.workers",
    to: "({ phase }) => phase === 'ready' || phase === 'starting');\n    return found?.workers",
    isRare: true,
  },
  'kill-old-delay is over after a death': {
    file: FILE,
    from: 'isDelayed && tunables.killOldDelayMs > 0 ? now + tunables.killOldDelayMs : null',
    to: 'null',
    isRare: true,
  },
  'a worker that was replaced because of its memory serves on after a death': {
    file: FILE,
    from: 'tell(turn, current, { workers: relieved, now, ...farewellOf(turn.model) });',
    to: '',
    isRare: true,
  },
};
