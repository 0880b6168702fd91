/** The options that say as whom workers run, and within which limits. They never apply to ssd itself. */
import type {OptionSpec} from '../option-spec.js';

/** The limits of setrlimit(2), by the names of prlimit(1). */
export const LIMITS: readonly string[] =
  'as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(
    ' ',
  );

export const PRIVILEGE_OPTIONS = {
  user: {
    type: 'string',
    value: 'USER',
    numeric: true,
    description: 'run workers as this user, with the groups of the user',
    defaultDescription: 'the user of ssd',
  },
  group: {
    type: 'string',
    value: 'GROUP',
    numeric: true,
    description: 'run workers as this group',
    defaultDescription: 'the group of --user',
  },
  umask: {
    type: 'string',
    value: 'MODE',
    description: 'umask of the workers, in octal',
    defaultDescription: 'that of ssd',
  },
  nice: {
    type: 'string',
    value: 'N',
    numeric: true,
    description: 'niceness of the workers, -20 to 19',
    defaultDescription: 'that of ssd',
  },
  rlimit: {
    type: 'array',
    value: 'NAME=LIMIT',
    choices: LIMITS.map(name => `${name}=`),
    description: 'resource limit of each worker, SOFT:HARD or one number for both',
  },
  'no-new-privs': {
    type: 'boolean',
    description: 'let no worker gain privileges, whatever it executes',
  },
  'oom-score-adj': {
    type: 'string',
    value: 'N',
    numeric: true,
    description: 'the higher, up to 1000, the sooner the kernel kills a worker when memory runs out',
    defaultDescription: '100 above that of ssd',
  },
} as const satisfies Record<string, OptionSpec>;
