/** The options by which others look at ssd: a file, and HTTP. */
import type {OptionSpec} from '../option-spec.js';

export const LOOKING_OPTIONS = {
  'metrics-file': {
    type: 'string',
    value: 'FILE',
    completes: 'file',
    description: 'keep metrics in this file (text for Prometheus)',
  },
  http: {
    type: 'string',
    value: 'ADDRESS',
    completes: 'file',
    numeric: true,
    description: 'serve status, events, metrics and probes by HTTP on [HOST:]PORT or a unix path, read-only',
  },
  'http-public': {
    type: 'boolean',
    description: 'let --http be reached by other machines or, with a path, by other users',
  },
} as const satisfies Record<string, OptionSpec>;
