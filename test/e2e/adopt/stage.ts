/** The stage of these tests: an ssd that was killed, and what it has left. */
import {readFileSync, statSync} from 'node:fs';
import type {ExecutionContext} from 'ava';
import type {Status} from '../../../src/shared/protocol/status.js';
import type {State} from '../../../src/shared/state/state.js';
import type {Worker} from '../../helpers/conductor.js';
import {boundPort, createRig, type Rig} from '../../helpers/rig.js';

/** An ssd that was killed, and its worker, which serves on. */
export async function orphaned(
  t: ExecutionContext,
  more: readonly string[] = [],
  before: (worker: Worker) => Promise<void> = async () => {},
) {
  const rig = await createRig(t);
  const first = rig.ssd(['--port=127.0.0.1:0', '--ready=fd', ...more]);
  const port = await boundPort(first);
  const old = await rig.conductor.nextWorker();
  await old.write(Number(old.env.SSD_READY_FD), '\n');
  await first.line(/generation 1 is ready/);
  await before(old);
  await settled(rig);
  t.is(statSync(statePath(rig)).mode & 0o777, 0o600);
  first.kill('SIGKILL');
  await first.exit();
  return {rig, old, port};
}

/** What was answered before is written down by now. */
export async function settled(rig: Rig): Promise<void> {
  await rig.ssctl(['status']);
}

export function statePath(rig: Rig): string {
  return `${rig.control}.state`;
}

export function stateOf(rig: Rig): State {
  return JSON.parse(readFileSync(statePath(rig), 'utf8'));
}

export async function statusOf(rig: Rig): Promise<Status> {
  return JSON.parse((await rig.ssctl(['status', '--json'])).stdout);
}
