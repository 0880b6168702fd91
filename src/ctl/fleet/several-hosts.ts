/**
 * Several hosts, one after the other. A command that changes something stops at the first host where it fails, so that a broken
 * release goes no further, and ends with a table. One that only shows something asks every host.
 */
import type {Ended} from '../../shared/edge/run-program.js';
import {monotonicMs} from '../../shared/monotonic.js';
import {EXIT} from '../../shared/words/exit-status.js';
import type {Order} from '../arguments/order.js';
import {renderRefusal} from '../render/refusal.js';
import {createOutput, type Output} from '../terminal/output.js';
import {createLines, type Progress, SILENT} from '../terminal/progress.js';
import type {Errand} from './errand.js';
import type {Host} from './hosts.js';
import {endByInterrupt} from './interrupt.js';
import {outcomeOf, statusOf} from './outcome.js';
import {remoteCommand} from './remote-command.js';
import {runBySsh} from './ssh.js';
import {renderFleet, type Visit} from './table.js';
import {linesIn, notTried, visitOf} from './visit.js';

export async function runOnSeveral(hosts: readonly Host[], errand: Errand): Promise<Ended> {
  const {order, env} = errand;
  const output = createOutput(order.json, process, env);
  // Not the line that is drawn anew: ssh may ask for a password there.
  const progress = order.json ? SILENT : createLines(text => void process.stderr.write(text));
  const isShown = isShowing(order);
  const tour =
    isShown && !order.json ? show(hosts, errand, output) : visitAll(hosts, errand, {progress, isShown});
  const {visits, status, interrupted} = await tour;
  output.data({hosts: visits});
  if (!isShown) output.text(view => renderFleet(visits, view));
  return interrupted ? endByInterrupt() : {status, onlyShows: isShown};
}

/** The commands that change nothing and wait for nothing. */
function isShowing({command}: Order): boolean {
  return SHOWING.includes(command);
}

const SHOWING: readonly Order['command'][] = [
  'status',
  'releases',
  'connections',
  'events',
  'logs',
  'metrics',
  'list',
  'version',
];

type Tour = {
  readonly visits: readonly Visit[];
  /** That of the first host on which it failed. */
  readonly status: number;
  readonly interrupted: boolean;
};

type Way = {readonly progress: Progress; readonly isShown: boolean};

async function visitAll(hosts: readonly Host[], errand: Errand, {progress, isShown}: Way): Promise<Tour> {
  const visits: Visit[] = [];
  let [status, interrupted]: [number, boolean] = [EXIT.done, false];
  for (const [at, host] of hosts.entries()) {
    if (interrupted || (status !== EXIT.done && !isShown)) {
      visits.push(notTried(host.name));
      continue;
    }
    progress.say(`${host.name}: ${errand.order.command}, host ${at + 1} of ${hosts.length}`);
    const {outcome, visit, said} = await visitOne(host, errand);
    for (const line of said) progress.keep(`${host.name}: ${line}`);
    visits.push(visit);
    status ||= statusOf(outcome);
    interrupted = outcome.type === 'interrupted';
  }
  return {visits, status, interrupted};
}

async function visitOne(host: Host, {given, env, ssh, order}: Errand) {
  const json = order.command !== 'version';
  const command = remoteCommand(given, env, {terminal: false, json, host: host.name});
  const startedAt = monotonicMs();
  const ended = await runBySsh({ssh, host, command, terminal: false, stdout: 'pipe', stderr: 'pipe'});
  const outcome = outcomeOf(host.name, ended);
  const visit = visitOf(host.name, outcome, {...ended, tookMs: monotonicMs() - startedAt});
  return {outcome, visit, said: linesIn(ended.stderr)};
}

/** What each host prints, under its name. */
async function show(hosts: readonly Host[], {given, env, ssh}: Errand, output: Output): Promise<Tour> {
  let [status, interrupted]: [number, boolean] = [EXIT.done, false];
  for (const [at, host] of hosts.entries()) {
    if (interrupted) break;
    await output.write(`${at === 0 ? '' : '\n'}==> ${host.name} <==\n`);
    const command = remoteCommand(given, env, {terminal: false, json: false, host: host.name});
    const ended = await runBySsh({ssh, host, command, terminal: false, stdout: 'inherit', stderr: 'inherit'});
    const outcome = outcomeOf(host.name, ended);
    if (outcome.type === 'failed') process.stderr.write(`${renderRefusal(outcome.failure)}\n`);
    status ||= statusOf(outcome);
    interrupted = outcome.type === 'interrupted';
  }
  return {visits: [], status, interrupted};
}
