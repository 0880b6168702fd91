/** Every command and option of ssctl: the parser, `--help` and the test of the manual page are made from it. */
type OptionSpec = {
  readonly type: 'string' | 'boolean';
  readonly description: string;
  readonly alias?: string;
};
type CommandSpec = {readonly description: string; readonly options: Readonly<Record<string, OptionSpec>>};

const timeout = {
  type: 'string',
  description: 'give up waiting after this time (exit 4); it goes on',
} as const;

export const GLOBAL_OPTIONS = {
  name: {type: 'string', alias: 'n', description: 'the instance of this name'},
  socket: {type: 'string', alias: 's', description: 'the instance with this control socket'},
  json: {type: 'boolean', description: 'print the result as JSON'},
  help: {type: 'boolean', description: 'show this help'},
  version: {type: 'boolean', description: 'show the version'},
} as const satisfies Record<string, OptionSpec>;

export const COMMANDS = {
  status: {description: 'show the instance, its listeners, generations and latest failures', options: {}},
  restart: {
    description: 'start a new generation, and tell the old one to finish once it is ready',
    options: {
      retry: {type: 'boolean', description: 'try until it succeeds, as SIGHUP does'},
      'no-wait': {type: 'boolean', description: 'return once the request is accepted'},
      timeout,
    },
  },
  stop: {description: 'stop ssd and its workers, and wait until it is gone', options: {timeout}},
} as const satisfies Record<string, CommandSpec>;

export type CommandName = keyof typeof COMMANDS;
