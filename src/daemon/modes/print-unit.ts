/** `--print-unit`: a service unit of systemd for this command line, and with `--socket` a socket unit too. It starts nothing. */
import {userInfo} from 'node:os';
import {basename, dirname, join, resolve} from 'node:path';
import {misuse} from '../../shared/words/errors.js';
import type {Config} from '../config/config.js';
import type {CommandLine} from '../config/parser-options.js';
import {commandWords} from '../unit/command-words.js';
import {type Service, SYSTEM_PATH, serviceUnit} from '../unit/service-unit.js';
import {socketUnit} from '../unit/socket-unit.js';
import {findProgram} from '../workers/program.js';

/** Where an administrator puts units (systemd.unit(5)). */
const UNITS = '/etc/systemd/system';

/**
 * @param ssd the path by which this program was called
 * @returns the units, each below a line `# PATH` as `systemctl cat` prints them
 * @throws {Refusal} `usage` for options that do not fit a service
 */
export function unitText(line: CommandLine, config: Config, ssd: string): string {
  const {options} = line;
  demandFitting(line, config);
  const name = config.name.value;
  const control = config.control ?? `/run/${name}/control`;
  const service: Service = {
    name,
    config,
    words: commandWords({...line, options: {control, ...options}}),
    ssd: resolve(ssd),
    ssctl: join(dirname(resolve(ssd)), basename(ssd).replace('ssd', 'ssctl')),
    control: resolve(control),
    directory: process.cwd(),
    user: process.geteuid?.() === 0 ? null : userName(),
    searched: searchedDirectories(config),
    hardened: options.hardened ?? false,
    socket: options.socket ?? false,
  };
  const units = [titled(`${name}.service`, serviceUnit(service))];
  if (options.socket) units.push(titled(`${name}.socket`, socketUnit(config, name)));
  return units.join('\n\n');
}

function demandFitting({options}: CommandLine, {listeners}: Config): void {
  const unix = listeners.flatMap(({type, name}) => (type === 'unix' && options.socket ? [name] : []));
  for (const path of [process.cwd(), ...unix]) {
    if (UNWRITABLE.test(path)) {
      throw misuse('ssd', `a unit cannot have ${JSON.stringify(path)}: systemd has no quotes for this path`);
    }
  }
  if (options.daemonize) {
    throw misuse('ssd', '--print-unit does not work with --daemonize: systemd keeps ssd in the background');
  }
  for (const option of ['user', 'group'] as const) {
    if (options.hardened && options[option] !== undefined)
      throw misuse('ssd', `--hardened does not work with --${option}: the service has no right to change it`);
  }
  if (options.socket && listeners.length === 0) {
    throw misuse('ssd', '--socket needs a listener for the socket unit: give --port or --path');
  }
  if (options.socket && listeners.some(({type, ...at}) => type !== 'unix' && 'port' in at && at.port === 0)) {
    throw misuse(
      'ssd',
      '--socket needs the number of the port: clients of a socket unit cannot learn it from ssd',
    );
  }
}

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
