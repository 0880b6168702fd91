/** The stage of these tests: an ssd that is replaced by another image of itself. */
import type {Recorded} from '../../../src/shared/protocol/event.js';
import type {Status} from '../../../src/shared/protocol/status.js';
import type {Upgraded} from '../../../src/shared/protocol/verdict.js';
import {send} from '../../helpers/clients/control.js';
import {type Rig, SERVER} from '../../helpers/rig.js';

/**
 * Replaces the ssd of this rig, with these options instead of its own.
 *
 * @throws the reason if it is refused
 */
export async function reexec(rig: Rig, options: readonly string[] | null = null): Promise<Upgraded> {
  const args = options && [`--control=${rig.control}`, ...options, '--', ...SERVER];
  return (await send(rig, 'reexec', {args})) as Upgraded;
}

export async function statusOf(rig: Rig): Promise<Status> {
  return JSON.parse((await rig.ssctl(['status', '--json'])).stdout);
}

export async function eventsOf(rig: Rig): Promise<readonly Recorded[]> {
  const {stdout} = await rig.ssctl(['events', '--json']);
  return stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
}
