/** Faults in going over into another image of ssd. */
import type {Fault} from './fault.js';

const FILE = 'handover/revive.js';

export const HANDOVER_FAULTS: Readonly<Record<string, Fault>> = {
  'the timer counts as set in a new image': {
    file: FILE,
    from: 'timerAt: null, ',
    to: '',
  },
  'a restart does not go over into a new image': {
    file: FILE,
    from: '...model, settings,',
    to: '...model, restart: null, settings,',
  },
  'the numbers of restarts do not go over into a new image': {
    file: FILE,
    from: '...model, settings,',
    to: '...model, lastRestart: 0, settings,',
  },
  'a new image wants one worker': {
    file: FILE,
    from: 'workers: wanted,',
    to: 'workers: 1,',
  },
  'a trial does not go over into a new image': {
    file: FILE,
    from: '...model, settings,',
    to: '...model, trial: null, settings,',
  },
  'a new image goes on with what was to stop': {
    file: FILE,
    from: '...model, settings,',
    to: "...model, wanted: { state: 'running' }, settings,",
  },
};
