/**
 * Every command and option of ssctl. The parser, `--help`, the completion and the test of the manual page use this
 * list.
 */
import type {ValueKind} from '../../shared/complete-value.js';
import {ORDERS, UNTIL} from '../../shared/protocol/verdict.js';

export type OptionSpec = {
  readonly type: 'string' | 'boolean';
  readonly description: string;
  /** One letter. After a command, its own letters take precedence over the global ones. */
  readonly alias?: string;
  /** What stands for the value in the help. */
  readonly value?: string;
  readonly completes?: ValueKind;
  readonly choices?: readonly string[];
};
/** The argument of a command. */
export type ArgumentSpec = {
  readonly name: string;
  readonly optional?: true;
  readonly completes?: ValueKind;
  readonly choices?: readonly string[];
};
export type CommandSpec = {
  readonly description: string;
  readonly argument?: ArgumentSpec;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** What stands in the help for a command line of ssd, which may follow `--`. */
  readonly commandLine?: string;
};

const timeout = {
  type: 'string',
  value: 'TIME',
  description: 'stop waiting after this time (exit 4); the operation continues',
} as const;
const until = {
  type: 'string',
  value: 'GOAL',
  choices: UNTIL,
  description: 'return when the new generation is ready, or when the old one is also gone (gone)',
} as const;
const noWait = {type: 'boolean', description: 'return when the request is accepted'} as const;
const order = {
  type: 'string',
  value: 'ORDER',
  choices: ORDERS,
  description: 'start beside the old generation (overlap), or when it is gone (stop-first)',
} as const;
const failOnDrops = {
  type: 'boolean',
  description: 'fail (exit 1) if the kernel dropped packets of clients meanwhile',
} as const;
const trial = {
  bake: {type: 'string', value: 'TIME', description: 'how long the new generation is on trial'},
  'no-bake': {type: 'boolean', description: 'without a trial of the new generation'},
} as const;
const follow = {
  type: 'boolean',
  alias: 'f',
  description: 'keep showing new output until interrupted',
} as const;

export const GLOBAL_OPTIONS = {
  host: {
    type: 'string',
    alias: 'H',
    value: 'HOST',
    description: 'run on this host by ssh, as in user@host:port; on several in turn (a,b,c)',
  },
  name: {
    type: 'string',
    alias: 'n',
    value: 'NAME',
    completes: 'instance',
    description: 'select the instance by name',
  },
  socket: {
    type: 'string',
    alias: 's',
    value: 'SOCKET',
    completes: 'file',
    description: 'select the instance by control socket',
  },
  json: {type: 'boolean', description: 'print the result as JSON'},
  help: {type: 'boolean', description: 'show this help'},
  version: {type: 'boolean', description: 'show the version'},
} as const satisfies Record<string, OptionSpec>;

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What `wait` waits for. */
export const GOALS = ['ready', 'gone'] as const;
export type Goal = (typeof GOALS)[number];

export const COMMANDS = {
  status: {
    description: 'show the instance, its listeners, generations and latest failures',
    options: {watch: {type: 'boolean', description: 'refresh every second until interrupted'}},
  },
  restart: {
    description: 'start a new generation; once it is ready, tell the old one to finish',
    options: {
      attempts: {type: 'string', value: 'N', description: 'number of attempts before the restart fails (1)'},
      retry: {type: 'boolean', description: 'retry until the restart succeeds, as SIGHUP does'},
      until,
      'no-wait': noWait,
      ...trial,
      release: {
        type: 'string',
        value: 'DIR',
        completes: 'directory',
        description: 'start from this directory, whatever --release of ssd says',
      },
      order,
      'fail-on-drops': failOnDrops,
      timeout,
    },
  },
  rollback: {
    description: 'restart with the release that was good before the current one',
    options: {until, 'no-wait': noWait, ...trial, order, 'fail-on-drops': failOnDrops, timeout},
  },
  accept: {description: 'end the trial of the current generation: it stays', options: {}},
  reject: {
    description: 'end the trial of the current generation: the one before it comes back',
    argument: {name: 'REASON', optional: true},
    options: {},
  },
  releases: {description: 'show the releases that this ssd has run', options: {}},
  pause: {
    description: 'tell all workers to finish and start none for a while; clients wait',
    options: {
      max: {type: 'string', value: 'TIME', description: 'when the pause ends by itself (30s)'},
      timeout,
    },
  },
  resume: {description: 'end a pause and wait until a generation is ready', options: {timeout}},
  cancel: {description: 'cancel a restart whose generation is not ready yet', options: {}},
  stop: {
    description: 'stop ssd and its workers and wait until they are gone',
    options: {
      timeout,
      force: {type: 'boolean', description: 'kill the workers at once, or those that remain after --timeout'},
      orphans: {type: 'boolean', description: 'if ssd was killed, end the workers that it has left'},
    },
  },
  reexec: {
    description: 'replace ssd by the installed one under the same pid; workers and clients stay',
    options: {timeout},
    commandLine: '[-- SSD-OPTIONS -- PROGRAM ...]',
  },
  scale: {
    description: 'change the number of workers and wait until they are ready',
    argument: {name: 'N'},
    options: {timeout},
  },
  signal: {
    description: 'send a signal to the workers',
    argument: {name: 'SIGNAL', completes: 'signal'},
    options: {
      generation: {type: 'string', value: 'N', description: 'signal only the workers of this generation'},
    },
  },
  connections: {
    description: 'show the open connections of the workers',
    options: {
      generation: {type: 'string', value: 'N', description: 'only those of this generation'},
      worker: {type: 'string', value: 'PID', description: 'only those of the worker with this PID'},
    },
  },
  drain: {
    description: 'wait until the generations that were replaced are gone',
    options: {
      generation: {type: 'string', value: 'N', description: 'wait only for this generation'},
      timeout,
    },
  },
  wait: {
    description: 'wait until a generation serves or no ssd answers',
    argument: {name: GOALS.join('|'), choices: GOALS},
    options: {timeout},
  },
  events: {
    description: 'show past events',
    options: {
      since: {type: 'string', value: 'TIME', description: 'show only the events of the last TIME'},
      follow,
    },
  },
  logs: {
    description: 'show the end of the log file',
    options: {
      follow,
      lines: {
        type: 'string',
        alias: 'n',
        value: 'N',
        description: 'number of lines (10); -n only after the command',
      },
    },
  },
  'reopen-logs': {description: 'open the log file again after it was renamed', options: {}},
  metrics: {description: 'print metrics (text for Prometheus)', options: {}},
  list: {description: 'show every instance of this user, running or dead', options: {}},
  completion: {
    description: 'print a script that completes ssctl and ssd in a shell',
    argument: {name: SHELLS.join('|'), choices: SHELLS},
    options: {},
  },
} as const satisfies Record<string, CommandSpec>;

export type CommandName = keyof typeof COMMANDS;

export function isCommand(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}

/** Whether the command prints a log file or a script as it is, and so has no `--json`. */
export function isRaw(command: CommandName): boolean {
  return command === 'logs' || command === 'completion';
}

/** Whether the command concerns this machine only, and so has no `--host`. */
export function isLocal(command: CommandName): boolean {
  return command === 'completion';
}

/** Whether a command line of ssd may follow `--`. */
export function takesCommandLine(command: string): boolean {
  return isCommand(command) && 'commandLine' in COMMANDS[command];
}

/** The position of the command among the words, or -1. The value of an option such as `-n` is not a command. */
export function commandIndex(words: readonly string[]): number {
  return words.findIndex((word, index) => isCommand(word) && !TAKES_VALUE.has(words[index - 1] ?? ''));
}

const TAKES_VALUE: ReadonlySet<string> = new Set(['-n', '-s', '-H', '--name', '--socket', '--host', '=']);

/** Every option of every command, by name. An option of several commands has the same meaning in each. */
export function allOptions(): Readonly<Record<string, OptionSpec>> {
  return Object.assign({}, GLOBAL_OPTIONS, ...Object.values(COMMANDS).map(({options}) => options));
}
