/** What `ssctl --help` and `ssctl COMMAND --help` print. */
import {type HelpPart, helpPage, optionItems} from '../../shared/words/layout/help-page.js';
import {
  COMMANDS,
  type CommandName,
  type CommandSpec,
  GLOBAL_OPTIONS,
  isLocal,
  isRaw,
  type OptionSpec,
} from './options.js';

/** @param command null for the page of all commands */
export function helpText(command: CommandName | null, columns: number): string {
  return helpPage(command === null ? overview() : pageOf(command), columns);
}

function overview(): readonly HelpPart[] {
  const commands = Object.entries<CommandSpec>(COMMANDS).map(
    ([name, {argument, description}]) =>
      [argument ? `${name} ${wordFor(argument)}` : name, description] as const,
  );
  return [
    {text: `Usage: ssctl ${TARGET} COMMAND [options]`},
    {title: 'Commands:', items: commands},
    {title: 'Options of every command:', items: optionItems(GLOBAL_OPTIONS)},
    {
      text: 'ssctl COMMAND --help shows the options of a command, an example and its exit statuses. The manual is ssctl(8).',
    },
  ];
}

function wordFor({name, optional}: NonNullable<CommandSpec['argument']>): string {
  return optional ? `[${name}]` : name;
}

const TARGET = '[-H HOST] [-n NAME | -s SOCKET] [--json]';

function pageOf(command: CommandName): readonly HelpPart[] {
  const {description, argument, options, commandLine}: CommandSpec = COMMANDS[command];
  const own = optionItems(options);
  const {examples, note, statuses} = PAGES[command];
  const words = [
    command,
    argument && wordFor(argument),
    own.length > 0 ? '[options]' : undefined,
    commandLine,
  ].filter(Boolean);
  return [
    {text: `Usage: ssctl ${targetOf(command)} ${words.join(' ')}`},
    {text: `${description[0]?.toUpperCase()}${description.slice(1)}.`},
    ...(own.length > 0 ? [{title: `Options of ${command}:`, items: own}] : []),
    {title: 'Options of every command:', items: optionItems(globalsBeside(command))},
    {title: examples.length > 1 ? 'Examples:' : 'Example:', lines: examples},
    ...(note === undefined ? [] : [{text: note}]),
    {title: 'Exit status:', items: statusItems({...COMMON, ...statuses, 1: failures(statuses[1])})},
  ];
}

function targetOf(command: CommandName): string {
  const withoutJson = isRaw(command) ? TARGET.replace(' [--json]', '') : TARGET;
  return isLocal(command) ? withoutJson.replace('[-H HOST] ', '') : withoutJson;
}

/** A letter of the command's own hides a global one, some commands print no JSON, and one works here only. */
function globalsBeside(command: CommandName): Readonly<Record<string, OptionSpec>> {
  const own = Object.values<OptionSpec>(COMMANDS[command].options).map(({alias}) => alias);
  const shown = Object.entries<OptionSpec>(GLOBAL_OPTIONS).filter(
    ([name]) => (name !== 'json' || !isRaw(command)) && (name !== 'host' || !isLocal(command)),
  );
  return Object.fromEntries(
    shown.map(([name, {alias, ...spec}]) => [
      name,
      alias === undefined || own.includes(alias) ? spec : {alias, ...spec},
    ]),
  );
}

function statusItems(statuses: Page['statuses']): readonly (readonly [string, string])[] {
  return Object.entries(statuses).flatMap(([status, text]) =>
    text === null ? [] : [[status, text] as const],
  );
}

/** The status 1 of a command: what only this command has, and what all have that ask ssd. */
function failures(own: string | null | undefined): string {
  return own === null ? UNSHOWN : `${own === undefined ? '' : `${own}; or `}${UNREACHABLE}`;
}

const UNSHOWN = 'standard output cannot be written';
const UNREACHABLE = 'ssd refused the request, cannot be reached, or went away';

type Page = {
  readonly examples: readonly string[];
  readonly note?: string;
  /** What differs from `COMMON`. null: the command never ends with this status; for 1, it does not ask ssd. */
  readonly statuses: Readonly<Record<number, string | null>>;
};

const COMMON = {
  0: 'done',
  2: 'the command line is wrong, or several instances run and none was selected',
  3: 'no such instance is running',
  4: 'ssd does not answer: it is stopped or stuck',
};
const WRONG = 'the command line is wrong';
const LATE = 'not done within --timeout, or ssd does not answer';

const PAGES: Readonly<Record<CommandName, Page>> = {
  status: {
    examples: ['ssctl -n app status', 'ssctl status --watch'],
    statuses: {0: 'shown', 1: 'no generation serves'},
  },
  restart: {
    examples: [
      'ssctl -n app restart --timeout=60s',
      'ssctl restart --attempts=3 --until=ready',
      'ssctl restart --release=/srv/app/releases/42',
      'ssctl -H web1,web2 -n app restart',
    ],
    statuses: {
      0: 'the new generation became ready, or with --no-wait: the request is accepted',
      1: 'the new generation did not become ready, or the restart was cancelled; or packets of clients were dropped (--fail-on-drops)',
      4: LATE,
    },
  },
  rollback: {
    examples: ['ssctl -n app rollback'],
    statuses: {
      0: 'the former release serves again, or with --no-wait: the request is accepted',
      1: 'it did not become ready, or there is none',
      4: LATE,
    },
  },
  releases: {
    examples: ['ssctl -n app releases'],
    statuses: {0: 'shown', 1: 'ssd runs without --release'},
  },
  accept: {examples: ['ssctl -n app accept'], statuses: {0: 'accepted', 1: 'no generation is on trial'}},
  reject: {
    examples: ["ssctl -n app reject 'too slow'"],
    statuses: {0: 'the generation before it is current again', 1: 'no generation is on trial'},
  },
  pause: {
    examples: ['ssctl -n app pause --max=5m && ./migrate && ssctl -n app resume'],
    statuses: {0: 'no worker is left', 1: 'the pause was over before, or ssd was told to stop', 4: LATE},
  },
  resume: {
    examples: ['ssctl -n app resume'],
    statuses: {0: 'a generation is ready', 1: 'it did not become ready, or ssd is not paused', 4: LATE},
  },
  cancel: {examples: ['ssctl -n app cancel'], statuses: {0: 'cancelled', 1: 'there is nothing to cancel'}},
  stop: {
    examples: ['ssctl -n app stop --force --timeout=30s'],
    statuses: {0: 'ssd and its workers are gone', 1: 'ssd is gone, but a worker could not be ended', 4: LATE},
  },
  reexec: {
    examples: [
      'ssctl -n app reexec',
      'ssctl -n app reexec -- --name=app --port=8080 --workers=4 -- ./server',
    ],
    note: 'What follows -- is the whole new command line of ssd. Workers that run keep what they have until ssctl restart.',
    statuses: {
      0: 'the installed ssd has taken the place of the one that ran',
      1: 'the installed ssd cannot take over, and the one that runs goes on',
      4: LATE,
    },
  },
  scale: {
    examples: ['ssctl -n app scale 4'],
    statuses: {
      0: 'that many workers are ready',
      1: 'a worker did not become ready, another scale replaced this one, or ssd was told to stop',
      4: LATE,
    },
  },
  signal: {
    examples: ['ssctl -n app signal USR1', 'ssctl signal HUP --generation=3'],
    statuses: {0: 'sent', 1: 'no worker got the signal, or one could not be signalled'},
  },
  connections: {
    examples: ['ssctl -n app connections', 'ssctl connections --generation=3'],
    statuses: {0: 'shown', 1: 'there is no such worker, or the system does not tell'},
  },
  drain: {
    examples: ['ssctl -n app drain --timeout=10m'],
    statuses: {0: 'they are gone', 1: 'the generation was not replaced', 4: LATE},
  },
  wait: {
    examples: ['ssctl -n app wait ready --timeout=30s'],
    statuses: {0: 'the goal is reached', 3: null, 4: 'the goal was not reached within --timeout'},
  },
  events: {examples: ['ssctl events --since=1h', 'ssctl events --follow'], statuses: {0: 'shown'}},
  logs: {
    examples: ['ssctl -n app logs -n 100', 'ssctl logs --follow'],
    statuses: {0: 'shown', 1: 'there is no log file, or it cannot be read'},
  },
  'reopen-logs': {
    examples: ['ssctl -n app reopen-logs'],
    statuses: {0: 'opened again', 1: 'there is no log file, or it cannot be opened'},
  },
  metrics: {examples: ['ssctl -n app metrics'], statuses: {0: 'printed'}},
  list: {
    examples: ['ssctl list', 'ssctl --json list'],
    statuses: {0: 'listed, also if there is none', 1: null, 2: WRONG, 3: null, 4: null},
  },
  completion: {
    examples: [
      'eval "$(ssctl completion bash)"',
      'eval "$(ssctl completion zsh)"',
      'ssctl completion fish | source',
    ],
    note: 'They last as long as the shell. To keep them, put the line into ~/.bashrc, into ~/.zshrc (after compinit) or into ~/.config/fish/config.fish.',
    statuses: {0: 'printed', 1: null, 2: WRONG, 3: null, 4: null},
  },
};
