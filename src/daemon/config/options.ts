/**
 * Every option of ssd. The parser, `--help`, the library's checks and the test of the manual page all use this list.
 * The options of start_server 0.35 come first, with the same names and meaning; ssd's own options follow.
 */

import {DEPLOY_OPTIONS} from './deploy/options.js';
import {PASSING_OPTIONS} from './forms/options.js';
import {LOOKING_OPTIONS} from './http/options.js';
import {LISTENING_OPTIONS} from './listening/options.js';
import {MEMORY_OPTIONS} from './memory/options.js';
import {MODE_OPTIONS} from './mode-options.js';
import type {OptionSpec} from './option-spec.js';
import {PRIVILEGE_OPTIONS} from './privileges/options.js';
import {FORWARDED} from './signals/forward.js';

/** The values of `--log-format`. */
export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export const OPTIONS = {
  port: {
    type: 'array',
    value: 'PORT',
    numeric: true,
    description: 'listen on [HOST:][u]PORT[=FD]: u means UDP, FD is a fixed descriptor',
  },
  path: {
    type: 'array',
    value: 'PATH',
    completes: 'file',
    description: 'listen on a unix socket at this path, or @NAME for an abstract one',
  },
  dir: {
    type: 'string',
    value: 'DIR',
    completes: 'directory',
    description: 'working directory of the server program',
  },
  release: {
    type: 'string',
    value: 'LINK',
    completes: 'directory',
    description: 'start each generation from the directory that this link names when it is asked for',
  },
  interval: {
    type: 'string',
    value: 'TIME',
    numeric: true,
    description: 'time a worker must live to count as ready; least time between spawns after a failure',
    defaultDescription: '1s',
  },
  'signal-on-hup': {
    type: 'string',
    value: 'SIGNAL',
    completes: 'signal-sequence',
    numeric: true,
    description: 'signal that tells a replaced generation to finish, or several: QUIT,30s,TERM,10s,KILL',
    defaultDescription: 'TERM',
  },
  'signal-on-term': {
    type: 'string',
    value: 'SIGNAL',
    completes: 'signal-sequence',
    numeric: true,
    description: 'signal, or several as above, to send to the workers when ssd gets SIGTERM or SIGQUIT',
    defaultDescription: 'TERM',
  },
  'pid-file': {
    type: 'string',
    value: 'FILE',
    completes: 'file',
    description: 'lock this file and write the PID of ssd to it',
  },
  'status-file': {
    type: 'string',
    value: 'FILE',
    completes: 'file',
    description: 'keep a line generation:pid for every worker in this file',
  },
  envdir: {
    type: 'string',
    value: 'DIR',
    completes: 'directory',
    description: 'directory of environment variables to read before every start',
  },
  'log-file': {
    type: 'string',
    value: 'FILE',
    completes: 'file',
    description: "file or '| command' for the output of ssd and the workers",
  },
  daemonize: {type: 'boolean', description: 'run in the background once the first generation is spawned'},
  'enable-auto-restart': {type: 'boolean', description: 'restart every --auto-restart-interval'},
  'auto-restart-interval': {
    type: 'string',
    value: 'TIME',
    numeric: true,
    description: 'time between automatic restarts',
    defaultDescription: '360s',
  },
  'kill-old-delay': {
    type: 'string',
    value: 'TIME',
    numeric: true,
    description: 'time between a new generation being ready and telling the old one to finish',
    defaultDescription: '5s with --enable-auto-restart, else 0',
  },
  backlog: {
    type: 'string',
    value: 'N',
    numeric: true,
    description: 'backlog of the listeners',
    defaultDescription: 'SOMAXCONN of the system',
  },
  nonblocking: {
    type: 'string',
    value: 'yes|no',
    choices: ['yes', 'no'],
    description: 'keep O_NONBLOCK of the listeners set (yes) or clear (no), whatever workers do',
    defaultDescription: 'as workers leave it',
  },
  ...PASSING_OPTIONS,
  restart: {type: 'boolean', description: 'restart the ssd that holds --pid-file and wait'},
  stop: {type: 'boolean', description: 'stop the ssd that holds --pid-file and wait'},
  help: {type: 'boolean', description: 'show this help'},
  version: {type: 'boolean', description: 'show the version'},
  name: {
    type: 'string',
    value: 'NAME',
    description: 'name of this instance, for ssctl',
    defaultDescription: 'base name of the program',
  },
  control: {
    type: 'string',
    value: 'PATH',
    completes: 'file',
    description: 'path of the control socket',
    defaultDescription: 'see FILES in ssd(8)',
  },
  ...LISTENING_OPTIONS,
  ready: {
    type: 'string',
    value: 'HOW',
    choices: ['interval', 'notify', 'fd', 'exec='],
    description: 'how a worker shows that it is ready: interval, notify, fd or exec=COMMAND',
    defaultDescription: 'interval',
  },
  'ready-timeout': {
    type: 'string',
    value: 'TIME',
    numeric: true,
    description: 'time a worker may take to become ready; not with --ready=interval',
    defaultDescription: '60s',
  },
  'max-interval': {
    type: 'string',
    value: 'TIME',
    numeric: true,
    description: 'double the pause after each failed attempt, from --interval up to this time',
    defaultDescription: 'no growth',
  },
  'max-attempts': {
    type: 'string',
    value: 'N',
    numeric: true,
    description: 'give up after this many failed attempts; exit with status 1 if nothing serves',
    defaultDescription: 'never',
  },
  'capture-stderr': {
    type: 'boolean',
    description: 'pass standard error of the workers through ssd so that it can quote it',
  },
  'capture-output': {
    type: 'boolean',
    description: 'pass all output of the workers through ssd, so that it follows a rotation of the log file',
  },
  'stop-timeout': {
    type: 'string',
    value: 'TIME',
    numeric: true,
    description: 'kill a worker that remains this long after it was told to finish',
    defaultDescription: 'never',
  },
  'kill-group': {type: 'boolean', description: 'make every worker the leader of its own process group'},
  subreaper: {
    type: 'boolean',
    description: 'collect the orphans among the descendants of ssd, as process 1 does',
  },
  forward: {
    type: 'string',
    value: 'SIGNAL,...',
    completes: 'list',
    choices: FORWARDED,
    description: 'pass these signals to ssd on to the workers that serve',
  },
  'max-retiring': {
    type: 'string',
    value: 'N',
    numeric: true,
    description: 'number of old generations that may linger before the oldest is killed',
    defaultDescription: 'any number',
  },
  workers: {
    type: 'string',
    value: 'N',
    choices: ['auto'],
    numeric: true,
    description: 'number of workers in a generation, or auto for one per usable processor',
    defaultDescription: '1',
  },
  rolling: {
    type: 'string',
    value: 'N',
    numeric: true,
    description: 'replace this many workers at a time instead of a whole generation',
  },
  ...MEMORY_OPTIONS,
  ...DEPLOY_OPTIONS,
  ...PRIVILEGE_OPTIONS,
  ...LOOKING_OPTIONS,
  'log-format': {
    type: 'string',
    value: 'FORM',
    choices: LOG_FORMATS,
    description: 'form of the log lines: text or json',
    defaultDescription: 'text',
  },
  config: {
    type: 'string',
    value: 'FILE',
    completes: 'file',
    description: 'read options from this JSON file; the command line overrides it',
  },
  ...MODE_OPTIONS,
} as const satisfies Record<string, OptionSpec>;

export type OptionName = keyof typeof OPTIONS;

type ValueOf<N extends OptionName> = (typeof OPTIONS)[N]['type'] extends 'boolean'
  ? boolean
  : (typeof OPTIONS)[N]['type'] extends 'array'
    ? readonly string[]
    : string;

/** The options that were given, still as text. */
export type RawOptions = {readonly [N in OptionName]?: ValueOf<N>};
