/** Tests that need root, to drop rights or to act as another user. */
import test, {type ExecutionContext} from 'ava';

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
