import {readFileSync} from 'node:fs';
import test from 'ava';
import {jsonOf, scriptCommand, source} from '../../helpers/adapters/script.js';
import {createRig} from '../../helpers/rig.js';

const PRELUDE = `
  import {constants, openSync, readFileSync, writeFileSync} from 'node:fs';
  import {keepDescriptorsPrivate, makeStandardBlocking} from '${source('daemon/system/descriptors')}';
  import {duplicateOnto} from '${source('daemon/system/posix')}';
  const has = flag => fd =>
    (Number.parseInt(/^flags:\\s*(\\d+)$/m.exec(readFileSync('/proc/self/fdinfo/' + fd, 'utf8'))[1], 8) & flag) !== 0;
  const isPrivate = has(0o2000000);
  const isNonBlocking = has(0o4000);`;

test('a descriptor that has lost its flag is kept from the workers; the standard descriptors are not', async t => {
  const rig = await createRig(t);
  const script = `${PRELUDE}
    const lost = 90;
    duplicateOnto(openSync('/dev/null', 'r'), lost);
    for (const fd of [0, 1, 2]) duplicateOnto(fd, fd + 100), duplicateOnto(fd + 100, fd);
    const look = () => [0, 1, 2, lost].map(isPrivate);
    const before = look();
    keepDescriptorsPrivate();
    console.log(JSON.stringify([before, look()]));`;
  const [before, after] = (await jsonOf(rig, scriptCommand(script))) as boolean[][];
  t.deepEqual(before, [false, false, false, false]);
  t.deepEqual(after, [false, false, false, true]);
});

test('standard descriptors are made blocking', async t => {
  const rig = await createRig(t);
  const script = `${PRELUDE}
    for (const target of [0, 1, 2]) {
      duplicateOnto(openSync('/dev/null', constants.O_RDWR | constants.O_NONBLOCK), target);
    }
    const look = () => [0, 1, 2].map(isNonBlocking);
    const before = look();
    makeStandardBlocking();
    writeFileSync('seen', JSON.stringify([before, look()]));`;
  await rig.run(scriptCommand(script));
  t.deepEqual(JSON.parse(readFileSync(rig.path('seen'), 'utf8')), [
    [true, true, true],
    [false, false, false],
  ]);
});
