/** The children that ssd inherits: as process 1 of a container, and with --subreaper below another one. */
import {existsSync, readFileSync} from 'node:fs';
import test from 'ava';
import {allProcesses, isOver, readStat} from '../../../src/shared/process-stat.js';
import {status} from '../../helpers/clients/control.js';
import {createRig, SERVER, SSD} from '../../helpers/rig.js';
import {asRoot} from '../../helpers/root.js';

/** Forks ten processes that each fork a hundred and end at once. The hundred are orphans then, and end as well. */
const THOUSAND = `perl -e 'for (1..10) { next if fork; for (1..100) { fork or exit 1 } exit } 1 while wait > 0'`;

const zombiesOf = (parent: number) =>
  allProcesses().filter(pid => {
    const stat = readStat(pid);
    return stat !== null && stat.parent === parent && isOver(stat);
  });

const childOf = (parent: number) => allProcesses().find(pid => readStat(pid)?.parent === parent) ?? 0;

asRoot('process 1 collects 10,000 orphans and misses no end of a worker', async t => {
  const rig = await createRig(t);
  const options = [`--control=${rig.control}`, '--interval=0', '--workers=2', '--port=127.0.0.1:0'];
  const command = [process.execPath, SSD, ...options, '--', ...SERVER];
  const unshare = rig.start(['unshare', '-p', '-f', '--kill-child', '--mount-proc', ...command]);
  const breeder = await rig.conductor.nextWorker();
  let other = await rig.conductor.nextWorker();
  await unshare.line(/generation 1 is ready/);
  for (let nth = 0; nth < 10; nth++) {
    const bred = breeder.run(THOUSAND);
    other.exit(3);
    await unshare.line(/generation 1 lost its worker, pid \d+: it exited with status 3/);
    other = await rig.conductor.nextWorker();
    await bred;
  }
  const ssd = childOf(unshare.pid);
  t.is(readStat(ssd)?.parent, unshare.pid);
  // Each answer comes a turn of the event loop later.
  while (zombiesOf(ssd).length > 0) await status(rig);
  t.like(await status(rig), {workers: 2, current: 1});
  t.is((await rig.ssctl(['stop'])).code, 0);
  t.is((await unshare.exit()).code, 0);
});

for (const [options, isHeir] of [
  [['--subreaper'], true],
  [[], false],
] as const) {
  test(`an orphan becomes a child of ${isHeir ? 'an ssd with --subreaper' : 'somebody else otherwise'}`, async t => {
    const rig = await createRig(t);
    const ssd = rig.ssd(['--interval=0', ...options]);
    const worker = await rig.conductor.nextWorker();
    await ssd.line(/generation 1 is ready/);
    await worker.run(`sh -c 'sleep 1000 & echo $! >${rig.path('orphan')}'`);
    const orphan = Number(readFileSync(rig.path('orphan'), 'utf8'));
    t.is(readStat(orphan)?.parent === ssd.pid, isHeir);
    process.kill(orphan, 'SIGKILL');
    while (isHeir && existsSync(`/proc/${orphan}`)) await status(rig);
    ssd.kill('SIGTERM');
    t.is((await ssd.exit()).code, 0);
  });
}
