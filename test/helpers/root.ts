/** Tests that need root, to drop rights or to act as another user. */
import {chmodSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {createRig, SERVER, SSCTL, SSD, type StartOptions} from './rig.js';

type Implementation = (t: ExecutionContext) => Promise<void>;
type Declare = (title: string, implementation: Implementation) => void;

/** nobody: a user who owns nothing. */
export const STRANGER = 65534;

/** Put before a command: root without its rights over files and ports. */
export const POWERLESS = [
  'setpriv',
  '--bounding-set=-dac_override,-dac_read_search,-net_bind_service,-fowner',
];

/** Declares a test, by `declare`, that is skipped with a note if it is not run by root. */
export function asRoot(title: string, implementation: Implementation, declare: Declare = test): void {
  if (process.getuid?.() === 0) declare(title, implementation);
  else test.skip(`${title} (needs root)`, implementation);
}

const SOMEBODY = 54_321;

/** A user with a runtime directory in the rig, and the programs without a control socket given. */
export async function somebody(t: Parameters<typeof createRig>[0], uid = SOMEBODY) {
  const rig = await createRig(t);
  chmodSync(rig.directory, 0o777);
  chmodSync(rig.conductor.path, 0o777);
  const options: StartOptions = {uid, env: {XDG_RUNTIME_DIR: rig.directory}};
  return {
    rig,
    options,
    ssd: (args: readonly string[]) =>
      rig.start([process.execPath, SSD, '--interval=0.1', ...args, '--', ...SERVER], options),
    ssctl: (args: readonly string[]) => rig.run([process.execPath, SSCTL, ...args], options),
  };
}
