/** Counts every request, each on its own connection, while the server is replaced many times. */
import test, {type ExecutionContext} from 'ava';
import {startTraffic} from '../../helpers/clients/traffic.js';
import {needs} from '../../helpers/programs.js';
import {boundPort, createRig} from '../../helpers/rig.js';
import {ACCEPT_LOOP, HELLO} from '../../helpers/servers.js';

const RESTARTS = 20;
/** How many answers each generation gives before the next restart, so that a busy machine does not make the check empty. */
const ANSWERS = 50;

// The shorter the interval, the more often the old one is told to finish before the new one accepts.
test('over 20 restarts no request is refused, reset or cut short', t =>
  restartOftenUnderTraffic(t, '--interval=0.3', HELLO));

needs('perl', 'Server::Starter')('over 20 restarts a blocking accept loop loses no request', t =>
  restartOftenUnderTraffic(t, '--interval=0.1', ACCEPT_LOOP),
);

async function restartOftenUnderTraffic(
  t: ExecutionContext,
  interval: string,
  program: readonly string[],
): Promise<void> {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', interval], program);
  const traffic = startTraffic(await boundPort(ssd));
  await ssd.line(/generation 1 is ready/);
  await traffic.answeredBy(1, ANSWERS);
  for (let generation = 2; generation <= RESTARTS + 1; generation += 1) {
    ssd.kill('SIGHUP');
    await ssd.line(new RegExp(`restart completed: generation ${generation} `));
    await traffic.answeredBy(generation, ANSWERS);
  }
  const report = await traffic.stop();

  t.is(report.failed, 0, report.problems.join('\n'));
  const counts = [...report.byGeneration.values()];
  t.is(counts.length, RESTARTS + 1);
  t.true(counts.every(count => count >= ANSWERS));
  t.log(
    `${report.answered} answered, ${report.refused} refused, ${report.reset} reset, ${report.cutShort} cut short; ` +
      `at least ${Math.min(...counts)} answers from each of ${counts.length} generations`,
  );
}
