/** The options by which ssd does something else than to start, and those that belong to them. */
import type {OptionSpec} from './option-spec.js';

export const MODE_OPTIONS = {
  check: {type: 'boolean', description: 'check everything, start nothing, and exit'},
  'print-unit': {type: 'boolean', description: 'print a systemd unit for this command line, and exit'},
  socket: {type: 'boolean', description: 'with --print-unit: a socket unit too, for the listeners'},
  hardened: {type: 'boolean', description: 'with --print-unit: run the service in a sandbox'},
  timeout: {
    type: 'string',
    value: 'TIME',
    numeric: true,
    description: 'with --restart and --stop: stop waiting after this time (exit 4)',
  },
} as const satisfies Record<string, OptionSpec>;
