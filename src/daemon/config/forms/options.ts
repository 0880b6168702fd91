/** The options that say how listeners are passed on: to workers, and to the next ssd. */
import type {OptionSpec} from '../option-spec.js';
import {FORM_NAMES} from './forms.js';

export const PASSING_OPTIONS = {
  'listen-fds': {
    type: 'boolean',
    description: 'pass the listeners as systemd does, in LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES',
  },
  'fds-as': {
    type: 'array',
    value: 'FORM',
    choices: FORM_NAMES,
    description: `pass the listeners as ${FORM_NAMES.join(', ')} want them, or as NAME=TEXT with {fd} in it`,
  },
  fdstore: {
    type: 'boolean',
    description: 'keep the listeners in the descriptor store of systemd, for the next ssd of the service',
  },
} as const satisfies Record<string, OptionSpec>;
