/** ssd itself is killed at any moment, and started again. */
import test, {type ExecutionContext} from 'ava';
import {dying, KINDS, type Kind, type Owner} from '../bench/restarts/deaths.js';
import {failedOf} from '../bench/stage/load.js';
import {asRoot} from '../helpers/root.js';

/** Of each kind and owner: 100,000 in all. */
const REQUESTS = 12_500;

for (const kind of KINDS) {
  const title = (owner: string) =>
    `ssd of ${owner} is killed in the midst of a ${kind.name}: no request fails`;
  test.serial(title('an ordinary user'), t => killedAgain(t, kind, 'user'));
  asRoot(title('root'), t => killedAgain(t, kind, 'root'), test.serial);
}

async function killedAgain(t: ExecutionContext, kind: Kind, owner: Owner): Promise<void> {
  const samples = await dying(kind, owner, REQUESTS);
  t.deepEqual([...new Set(failedOf(samples).map(({failure}) => failure))], []);
  t.true(samples.length >= REQUESTS);
}
