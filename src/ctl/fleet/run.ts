/** `ssctl -H`: ssctl runs on other hosts, by ssh. Local use loads nothing of this. */
import type {Ended} from '../../shared/edge/run-program.js';
import type {Env} from '../../shared/instance-paths.js';
import {misuse} from '../../shared/words/errors.js';
import {isCommand, isLocal} from '../arguments/options.js';
import type {Order} from '../arguments/order.js';
import type {Given} from '../arguments/parser-options.js';
import {withHelpOf} from '../arguments/with-help.js';
import {readHosts} from './hosts.js';
import {runOnOne} from './one-host.js';
import {runOnSeveral} from './several-hosts.js';
import {findSsh} from './ssh.js';

/** @throws {Refusal} `usage`, `option-invalid`, `ssh-not-started`, and with one host what came of it if it was not ssctl */
export async function runOnHosts(value: string, order: Order, given: Given, env: Env): Promise<Ended> {
  const [first, ...more] = readHosts(value);
  withHelpOf(order.command, () => demandRemote(order, given, more.length > 0));
  const errand = {order, given, env, ssh: findSsh(env)};
  return more.length === 0 ? runOnOne(first, errand) : runOnSeveral([first, ...more], errand);
}

function demandRemote({command}: Order, {options}: Given, isSeveral: boolean): void {
  if (isCommand(command) && isLocal(command))
    throw misuse('ssctl', 'completion prints a script for this machine; it does not work with --host');
  const endless = ['watch', 'follow'].find(option => options[option]);
  if (isSeveral && endless)
    throw misuse('ssctl', `--${endless} does not end by itself; it works with one host`);
}
