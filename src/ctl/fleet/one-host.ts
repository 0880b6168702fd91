/** One host: its ssctl is seen as if it ran here, and its exit status is passed on. */
import type {Ended} from '../../shared/edge/run-program.js';
import {isTerminal} from '../../shared/standard-streams.js';
import {Refusal} from '../../shared/words/errors.js';
import type {Errand} from './errand.js';
import type {Host} from './hosts.js';
import {endByInterrupt} from './interrupt.js';
import {outcomeOf} from './outcome.js';
import {remoteCommand} from './remote-command.js';
import {runBySsh} from './ssh.js';

export async function runOnOne(host: Host, {given, env, ssh}: Errand): Promise<Ended> {
  // Otherwise an output would be taken for a terminal that is none, or both outputs be mixed.
  const terminal = [0, 1, 2].every(isTerminal);
  const command = remoteCommand(given, env, {terminal, json: false, host: host.name});
  const ended = await runBySsh({ssh, host, command, terminal, stdout: 'inherit', stderr: 'inherit'});
  const outcome = outcomeOf(host.name, ended);
  if (outcome.type === 'failed') throw new Refusal(outcome.failure);
  if (outcome.type === 'interrupted') return endByInterrupt();
  // What could not be written there has failed there.
  return {status: outcome.status, onlyShows: false};
}
