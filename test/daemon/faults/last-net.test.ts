import test from 'ava';
import {jsonOf, scriptCommand, source} from '../../helpers/adapters/script.js';
import {createRig} from '../../helpers/rig.js';

const NET = `
  import {spreadLastNet} from '${source('daemon/faults/last-net')}';
  import {now} from '${source('daemon/system/clock')}';
  const reports = [];
  spreadLastNet(now).deliverTo((where, error) => reports.push([where.split(',')[0], error.message]));`;

test('an error in a callback and a rejection are reported with their place, and signals still work', async t => {
  const rig = await createRig(t);
  const script = `${NET}
    process.on('SIGTERM', () => console.log(JSON.stringify(reports)));
    const alive = setInterval(() => {}, 60_000);
    process.on('SIGTERM', () => clearInterval(alive));
    setImmediate(function callback() { throw new Error('thrown'); });
    setImmediate(async function promised() { throw new Error('rejected'); });
    setImmediate(() => setImmediate(() => process.kill(process.pid, 'SIGTERM')));`;
  t.deepEqual(await jsonOf(rig, scriptCommand(script)), [
    ['Immediate.callback', 'thrown'],
    ['Immediate.promised', 'rejected'],
  ]);
});

test('an error that comes back at every turn of the loop leaves most of the processor to others', async t => {
  const rig = await createRig(t);
  const script = `${NET}
    const began = now();
    const used = process.cpuUsage();
    const again = () => {
      if (reports.length < 60) setImmediate(again);
      else {
        const {user, system} = process.cpuUsage(used);
        console.log(JSON.stringify({tookMs: now() - began, usedMs: (user + system) / 1000}));
        return;
      }
      throw new Error('again');
    };
    again();`;
  const {tookMs, usedMs} = (await jsonOf(rig, scriptCommand(script))) as {tookMs: number; usedMs: number};
  // 50 pauses of 20 ms, but for those of a new second.
  t.true(tookMs >= 600, `${tookMs} ms`);
  t.true(usedMs < tookMs / 2, `${usedMs} of ${tookMs} ms`);
});
