/**
 * `--check-handover`: the ssd that runs asks whether this one can take its place with these options. It is no option for
 * people; `ssctl reexec` has it run.
 */
import {Refusal} from '../../shared/words/errors.js';
import type {Config} from '../config/config.js';
import {readMemoryFile} from '../system/processes/memory-file.js';
import {decodeHandover, demandWorkable} from '../upgrade/decode-handover.js';
import type {Handover, Lasting} from '../upgrade/handover.js';
import {lastingOf} from '../upgrade/lasting.js';
import {checkStart} from './check.js';

/**
 * @param fd of the handover
 * @throws {Refusal} why this ssd cannot take over
 */
export async function checkHandover(fd: number, config: Config): Promise<void> {
  const handover = decodeHandover(readMemoryFile(fd));
  const problem = 'problem' in handover ? handover.problem : problemOf(handover, config);
  if (problem !== null) throw new Refusal({code: 'not-replaced', problem});
  await checkStart(config);
}

function problemOf(handover: Handover<unknown>, config: Config): string | null {
  const changed = differenceOf(handover.lasting, lastingOf(config));
  if (changed !== null) return changed;
  if (handover.logs && config.logFile === null)
    return '--log-file cannot be left out: nothing tells where the log went before';
  const isStarting = handover.model.generations.some(({phase}) => phase === 'starting');
  if (isStarting && handover.ready !== config.ready.how)
    return '--ready cannot change while a generation is starting';
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
    return `${option} cannot change while ssd runs: it is ${before[member] ?? 'not given'}, and would be ${now[member] ?? 'left out'}`;
  }
  return null;
}
