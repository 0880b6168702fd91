/** The service unit: what systemd must know about ssd (systemd.service(5)). `man/ssd.8`, SYSTEMD, gives the reasons to users. */
import {dirname, isAbsolute} from 'node:path';
import type {Config} from '../config/config.js';
import {hardeningLines} from './hardening.js';
import {placesOf} from './places.js';
import {quoteValue, quoteWord, wholeLine} from './quote.js';

export type Service = {
  readonly name: string;
  readonly config: Config;
  /** The words after `ssd`. */
  readonly words: readonly string[];
  /** The absolute paths of the programs. */
  readonly ssd: string;
  readonly ssctl: string;
  readonly control: string;
  /** The working directory: relative paths of the command line begin there. */
  readonly directory: string;
  /** Who runs the service. null: root. */
  readonly user: string | null;
  /** Directories of programs that systemd does not search by itself. */
  readonly searched: readonly string[];
  /** `NAME=VALUE` of those in which ssd finds options. */
  readonly variables: readonly string[];
  readonly hardened: boolean;
  /** Whether a socket unit of the same name binds the listeners. */
  readonly socket: boolean;
};

/** Where systemd searches programs by default (systemd.exec(5), `$PATH`). */
export const SYSTEM_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** @returns the lines of the unit */
export function serviceUnit(service: Service): string[] {
  const {name, socket} = service;
  return [
    '[Unit]',
    `Description=${wholeLine(name)}, run by ssd`,
    'Documentation=man:ssd(8)',
    'Wants=network-online.target',
    'After=network-online.target',
    // Without it, a start of the service alone would leave the listeners unbound.
    ...(socket ? [`Requires=${name}.socket`] : []),
    '',
    '[Service]',
    ...commandLines(service),
    '',
    ...endingLines(),
    ...storeLines(service),
    ...rightsLines(service),
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ];
}

function commandLines(service: Service): string[] {
  const {ssd, ssctl, words, control, directory, searched, variables} = service;
  const start = [quoteValue(ssd), ...words.map(quoteWord)].join(' ');
  const reload = [quoteValue(ssctl), ...['-s', control, 'restart', '--until=ready'].map(quoteWord)].join(' ');
  const path = [...searched, ...SYSTEM_PATH].join(':');
  const own = dirname(control);
  // systemd gives all that it makes in /run one mode, and others are to reach the listener there.
  const isInside = own.startsWith(`/run/${service.name}/`);
  return [
    '# The service is started when the first generation is ready, and ssd tells systemd how it is.',
    'Type=notify',
    `WorkingDirectory=${wholeLine(directory)}`,
    ...(searched.length > 0 ? [`Environment=${quoteValue(`PATH=${path}`)}`] : []),
    ...variables.map(variable => `Environment=${quoteValue(variable)}`),
    ...(isInside ? [`ExecStartPre=/bin/mkdir -p -m 0700 ${quoteWord(own)}`] : []),
    `ExecStart=${start}`,
    '# A reload is a restart. It fails if the new generation does not get ready, and the old one serves on.',
    `ExecReload=${reload}`,
    ...reachLines(control),
  ];
}

/** A path that neither systemd nor a shell reads in another way than it is written. */
const PLAIN_PATH = /^[\w/.@:+-]+$/;

/** Neither `ssctl -n` nor `ssctl list` looks in a directory of a service. */
function reachLines(control: string): string[] {
  return PLAIN_PATH.test(control) ? [`# ssctl reaches it by its socket: ssctl -s ${control} status`] : [];
}

function endingLines(): string[] {
  return [
    '# A stop signals ssd alone, which tells its workers to finish. systemd kills what is left after TimeoutStopSec.',
    'KillMode=mixed',
    '# A worker that the kernel kills for its memory does not end the service: ssd replaces it.',
    'OOMPolicy=continue',
    '# `ssctl stop` and a wrong command line are final. Any other end is not.',
    'Restart=on-failure',
    'RestartForceExitStatus=SIGHUP SIGINT SIGPIPE SIGTERM',
    'RestartPreventExitStatus=2',
  ];
}

/** Room for each listener; those of a socket unit are not stored. */
function storeLines({config: {fdstore, listeners}, socket}: Service): string[] {
  return fdstore && !socket ? [`FileDescriptorStoreMax=${listeners.length}`] : [];
}

function rightsLines(service: Service): string[] {
  const {name, config, control, directory, user, hardened, socket} = service;
  const {made, others} = placesOf(config, {name, control, directory, socket});
  const bound = [...(socket ? [] : config.listeners), ...(config.http ? [config.http] : [])];
  const lowPort = bound.some(isLow);
  const lines = [
    ...[...made].flatMap(([setting, names]) => [
      `${setting}=${names.map(quoteValue).join(' ')}`,
      // The control socket must be in a directory that nobody else can enter; the default is 0755.
      ...(names.some(name => dirname(control) === `/run/${name}`) && setting === 'RuntimeDirectory'
        ? ['RuntimeDirectoryMode=0700']
        : []),
    ]),
    ...(others.length === 0
      ? []
      : [`# These must be there, and be the user's: ${others.map(quoteValue).join(' ')}`]),
    ...(user === null ? [] : [`User=${user}`]),
    ...(lowPort ? ['AmbientCapabilities=CAP_NET_BIND_SERVICE'] : []),
  ];
  if (!hardened) return ['', ...lines];
  const usesHome = neededPaths(service).some(path => /^\/(home|root|run\/user)(\/|$)/.test(path));
  const written = others.map(quoteValue);
  const {nice, limits} = config.privileges;
  const sandbox = {dynamicUser: user === null, lowPort, setsLimits: nice !== null || limits.length > 0};
  return ['', ...lines, '', ...hardeningLines({...sandbox, usesHome, written})];
}

/** Below 1024 by default (net.ipv4.ip_unprivileged_port_start, ip(7)). */
const FIRST_FREE_PORT = 1024;

function isLow(bound: Config['listeners'][number] | NonNullable<Config['http']>): boolean {
  return bound.type !== 'unix' && bound.port > 0 && bound.port < FIRST_FREE_PORT;
}

/** What a service must be able to read. */
export function neededPaths({ssd, directory, config, searched}: Service): string[] {
  const {program, configFile, env} = config;
  const named = [
    program[0],
    config.release ?? '',
    config.directory ?? '',
    configFile ?? '',
    env.ENVDIR ?? '',
  ];
  return [directory, ssd, ...searched, ...named.filter(path => isAbsolute(path))];
}
