/**
 * `--check-handover`: the ssd that runs asks whether this one can take its place with these options. It is no option for
 * people; `ssctl reexec` has it run.
 */
import {Refusal} from '../../shared/words/errors.js';
import type {Config} from '../config/config.js';
import type {CommandLine} from '../config/parser-options.js';
import {handedListeners} from '../sockets/inherited/handed.js';
import {readMemoryFile} from '../system/processes/memory-file.js';
import {decodeHandover, demandWorkable} from '../upgrade/decode-handover.js';
import type {Handover, Lasting} from '../upgrade/handover.js';
import {isStarting} from '../upgrade/is-starting.js';
import {lastingOf} from '../upgrade/lasting.js';
import type {Parts} from '../upgrade/parts.js';
import {checkStart} from './check.js';

const OTHER_MODES = ['help', 'version', 'check', 'print-unit', 'restart', 'stop'] as const;

/** @throws {Refusal} `not-replaced` for options with which ssd runs no server */
export function demandServer({options}: Pick<CommandLine, 'options'>): void {
  const mode = OTHER_MODES.find(option => options[option]);
  if (mode) throw new Refusal({code: 'not-replaced', problem: `with --${mode} ssd runs no server`});
}

/**
 * @param fd of the handover
 * @param daemonize whether `--daemonize` is given
 * @throws {Refusal} why this ssd cannot take over
 */
export async function checkHandover(fd: number, config: Config, daemonize: boolean): Promise<void> {
  const handover = decodeHandover<Pick<Parts, 'resources'>>(readMemoryFile(fd));
  if ('problem' in handover) throw new Refusal({code: 'not-replaced', problem: handover.problem});
  const {background} = handover;
  const problem = daemonize && !background ? NOT_TO_BACKGROUND : problemOf(handover, config);
  if (problem !== null) throw new Refusal({code: 'not-replaced', problem});
  // They are open here under the same numbers. What is bound beside them is tried, since after execve(2) it is too late.
  const {listeners, http = null} = handover.parts.resources;
  await checkStart(config, {listeners: handedListeners(listeners), http});
}

const NOT_TO_BACKGROUND = '--daemonize cannot change while ssd runs: it is not given';

function problemOf(handover: Handover<unknown>, config: Config): string | null {
  const changed = differenceOf(handover.lasting, lastingOf(config));
  if (changed !== null) return changed;
  if (handover.logs && config.logFile === null)
    return '--log-file cannot be left out: nothing tells where the log went before';
  if (isStarting(handover.model) && handover.ready !== config.ready.how)
    return '--ready cannot change while a worker is starting';
  return demandWorkable(handover, config.settings);
}

const OPTIONS: Readonly<Record<keyof Lasting, string>> = {
  name: '--name',
  control: '--control',
  pidFile: '--pid-file',
  statusFile: '--status-file',
  metricsFile: '--metrics-file',
};

function differenceOf(before: Lasting, now: Lasting): string | null {
  for (const [member, option] of Object.entries(OPTIONS) as [keyof Lasting, string][]) {
    if (before[member] === now[member]) continue;
    // The name, and the path of the control socket, have a value where the option is left out.
    const advice = before[member] === null ? `leave ${option} out` : `give ${option}=${before[member]}`;
    return `${option} cannot change while ssd runs: it is ${before[member] ?? 'not given'}, and would be ${now[member] ?? 'left out'}; ${advice}`;
  }
  return null;
}
