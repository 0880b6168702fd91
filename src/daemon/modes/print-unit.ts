/** `--print-unit`: a service unit of systemd for this command line, and with `--socket` a socket unit too. It starts nothing. */
import {realpathSync} from 'node:fs';
import {isIP} from 'node:net';
import {userInfo} from 'node:os';
import {basename, dirname, join, resolve} from 'node:path';
import {type Failure, misuse, Refusal} from '../../shared/words/errors.js';
import {describeFailure} from '../../shared/words/wording.js';
import {type Config, variablesSetBy} from '../config/config.js';
import type {CommandLine} from '../config/parser-options.js';
import {commandWords} from '../unit/command-words.js';
import {controlPlace, placesOf, unixPaths} from '../unit/places.js';
import {neededPaths, type Service, SYSTEM_PATH, serviceUnit} from '../unit/service-unit.js';
import {socketUnit} from '../unit/socket-unit.js';
import {findProgram, whyNot} from '../workers/program.js';
import {startDirectory} from '../workers/release/directory.js';

/** Where an administrator puts units (systemd.unit(5)). */
const UNITS = '/etc/systemd/system';

export type Units = {
  /** The units, each below a line `# PATH` as `systemctl cat` prints them. */
  readonly text: string;
  /** What would keep the service from starting here. */
  readonly warnings: readonly string[];
};

/**
 * @param ssd the path by which this program was called
 * @throws {Refusal} `usage` for options that do not fit a service
 */
export function printUnits(line: CommandLine, config: Config, ssd: string): Units {
  const {options} = line;
  const name = config.name.value;
  const [directory, socket] = [process.cwd(), options.socket ?? false];
  const control = config.control ?? controlPlace(config, {name, directory, socket});
  const service: Service = {
    name,
    config,
    words: commandWords({...line, options: {control, ...options}}),
    ...programsAt(ssd),
    control: resolve(control),
    directory,
    user: process.geteuid?.() === 0 ? null : userName(),
    searched: searchedDirectories(config),
    variables: optionVariables(options),
    hardened: options.hardened ?? false,
    socket,
  };
  demandFitting(line, config, service);
  const units = [titled(`${name}.service`, serviceUnit(service))];
  if (socket) units.push(titled(`${name}.socket`, socketUnit(config, name)));
  const failure = whyNoStart(config);
  return {text: units.join('\n\n'), warnings: failure ? [describeFailure(failure)] : []};
}

/** A unit may be printed before its program is there. */
function whyNoStart(config: Config): Failure | null {
  const {program, env} = config;
  try {
    const directory = startDirectory(config);
    return whyNot(program[0], findProgram(program[0], env, directory), directory);
  } catch (error) {
    if (error instanceof Refusal) return error.failure;
    throw error;
  }
}

/** A link of another name does not say where ssctl is. */
function programsAt(ssd: string): {readonly ssd: string; readonly ssctl: string} {
  const path = /^ssd(\.cjs)?$/.test(basename(ssd)) ? resolve(ssd) : realpathSync(ssd);
  return {ssd: path, ssctl: join(dirname(path), basename(path).replace('ssd', 'ssctl'))};
}

/** start_server's variables for options, as they are set here. */
function optionVariables(options: CommandLine['options']): string[] {
  return Object.entries(variablesSetBy(options)).flatMap(([variable, option]) => {
    const value = process.env[variable];
    return option === undefined && value !== undefined && value !== '' ? [`${variable}=${value}`] : [];
  });
}

function demandFitting({options}: CommandLine, config: Config, service: Service): void {
  const refuse = (problem: string) => misuse('ssd', problem);
  if (service.name.endsWith('@'))
    throw refuse(`--name=${service.name} is the name of a template: give another one`);
  const unix = options.socket ? unixPaths(config) : [];
  for (const path of [service.directory, ...unix]) {
    if (UNWRITABLE.test(path))
      throw refuse(`a unit cannot have ${JSON.stringify(path)}: systemd has no quotes for this path`);
  }
  if (options.daemonize)
    throw refuse('--print-unit does not work with --daemonize: systemd keeps ssd in the background');
  if (options.socket) demandSocket(config);
  if (options.hardened) demandSandbox(config, service);
}

function demandSocket({listeners, listening}: Config): void {
  const refuse = (problem: string) => misuse('ssd', problem);
  if (listeners.length === 0)
    throw refuse('--socket needs a listener for the socket unit: give --port or --path');
  if (listening.fastOpen !== null)
    throw refuse('--socket does not work with --fast-open: a socket unit has no setting for it');
  for (const listener of listeners) {
    if (listener.type === 'unix') continue;
    const {host, port, name} = listener;
    if (port === 0)
      throw refuse(
        '--socket needs the number of the port: clients of a socket unit cannot learn it from ssd',
      );
    if (host !== null && isIP(host.split('%')[0] ?? '') === 0)
      throw refuse(`--socket needs a number in --port=${name}: systemd looks up no names of hosts`);
  }
}

/** What the sandbox takes from a service that it needs. */
function demandSandbox({privileges}: Config, service: Service): void {
  const refuse = (problem: string) => misuse('ssd', `--hardened does not work with ${problem}`);
  const {user, group, nice} = privileges;
  for (const [option, value] of Object.entries({user, group})) {
    if (value !== null) throw refuse(`--${option}: the service has no right to change it`);
  }
  if (nice !== null && nice < 0) throw refuse(`--nice=${nice}: the service has no right to it`);
  const {others} = placesOf(service.config, service);
  for (const path of [...neededPaths(service), ...others]) {
    // Nobody has written it: it is where the unit is printed.
    const [what, advice] =
      path === service.directory
        ? [`the working directory ${path}`, '; print the unit from another directory']
        : [path, ''];
    if (/^\/(tmp|var\/tmp)(\/|$)/.test(path))
      throw refuse(`${what}: the service has a /tmp of its own${advice}`);
    if (service.user === null && /^\/root(\/|$)/.test(path))
      throw refuse(`${what}: the user that systemd makes for the service may not enter /root${advice}`);
  }
  const shared = others.find(path => SHARED.test(path));
  if (shared !== undefined)
    throw refuse(
      `a file of ssd in ${shared}, which belongs to the system: give it a directory of its own, as /run/${service.name}`,
    );
  const lost = others.find(path => path.startsWith('/run/'));
  if (lost !== undefined)
    throw refuse(
      `${lost}, which is gone at each boot: use /run/${service.name}, or --socket for a unix listener`,
    );
}

/** Directories that others have files in, too. */
const SHARED = /^\/(|run|run\/lock|etc|var|var\/(log|lib|run|cache|spool))$/;

/** A setting that takes the whole line ends at a line's end, loses blanks around it, and goes on after a backslash. */
const UNWRITABLE = /\p{Cc}|^\s|\s$|\\$/u;

function titled(unit: string, lines: readonly string[]): string {
  return [`# ${UNITS}/${unit}`, ...lines].join('\n');
}

/** The number, where the user has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.geteuid?.());
  }
}

/** The directories of node and of the program that systemd would not search. */
function searchedDirectories({program, env, directory}: Config): string[] {
  const [command] = program;
  const found = command.includes('/') ? null : findProgram(command, env, directory);
  const needed = [process.execPath, found && 'path' in found ? resolve(found.path) : null];
  const directories = needed.flatMap(path => (path === null ? [] : [dirname(path)]));
  return [...new Set(directories)].filter(path => !SYSTEM_PATH.includes(path));
}
