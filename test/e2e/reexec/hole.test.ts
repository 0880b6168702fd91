/** What ends the new image before it has taken over: workers serve on, and the next start takes them over. */

import {once} from 'node:events';
import {existsSync} from 'node:fs';
import net from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {startTraffic} from '../../helpers/clients/traffic.js';
import {descriptorOf} from '../../helpers/processes.js';
import {boundPort, createRig, type Exit} from '../../helpers/rig.js';
import {HELLO} from '../../helpers/servers.js';
import {installIn} from './refused/installed.js';
import {statusOf} from './stage.js';

const ANSWERS = 50;

type Case = {
  /** What the new image does in the place of ssd, as lines of a shell; `$ssd` is the program. */
  readonly act: string;
  readonly exit: Exit;
};

/** The launcher of ssd has no more handlers of signals than Node has in its first tens of milliseconds. */
const inTheHole = (signal: string): Case => ({
  act: `kill -s ${signal} $$`,
  exit: {code: null, signal: `SIG${signal}`},
});

const dies = test.macro({
  exec: endsHalfWay,
  title: given => `${given}: the workers serve on, and the next start takes them over`,
});

async function endsHalfWay(t: ExecutionContext, {act, exit}: Case): Promise<void> {
  const rig = await createRig(t);
  const other = net.createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => other.close());
  const taken = String((other.address() as net.AddressInfo).port);
  const installed = installIn(rig);
  const args = ['--port=127.0.0.1:0', `--path=${rig.path('web')}`, '--interval=0.2', '--workers=2'];
  const first = installed.ssd(args, HELLO);
  const port = await boundPort(first);
  await first.line(/generation 1 is ready/);
  const traffic = startTraffic(port);
  t.teardown(traffic.stop);
  await traffic.answeredBy(1, ANSWERS);
  const [worker] = (await statusOf(rig)).generations[0]?.workers ?? [];
  const socket = descriptorOf(worker?.pid ?? 0, 3);
  installed.putScript(`ssd=${installed.program}
    if [ "$1" = --check-handover ]; then
      "$ssd" "$@" >/dev/null || exit
      printf '{"command":["%s"]}' "$0"
      exit
    fi
    [ -z "$SSD_HANDOVER_FD" ] || { ${act.replace('TAKEN', taken)}; }; exec "$ssd" "$@"`);
  const {code, stderr} = await rig.ssctl(['reexec']);
  t.is(code, 1);
  t.regex(stderr, /lost the connection .* the next start of ssd takes over workers that live/);
  t.deepEqual(await first.exit(), exit, first.stderr());
  t.true(existsSync(rig.path('web')));
  installed.putBack();
  const second = installed.ssd(args, HELLO);
  t.is(await boundPort(second), port);
  await second.line(/generation 1 is taken over from an ssd that has died/);
  await second.line(/restart completed: generation 2 replaced 1/);
  await traffic.answeredBy(2, ANSWERS);
  const report = await traffic.stop();
  t.is(report.failed, 0, report.problems.join('\n'));
  const [young] = (await statusOf(rig)).generations[0]?.workers ?? [];
  t.is(descriptorOf(young?.pid ?? 0, 3), socket, 'the listener is the same');
  t.is((await rig.ssctl(['stop'])).code, 0);
  t.false(existsSync(rig.path('web')));
}

test('a SIGHUP in the hole', dies, inTheHole('HUP'));
test('a SIGTERM in the hole', dies, inTheHole('TERM'));
test('a SIGINT in the hole', dies, inTheHole('INT'));

test('an address that another process has taken since the check', dies, {
  act: 'exec "$ssd" --port=127.0.0.1:TAKEN "$@"',
  exit: {code: 1, signal: null},
});

test('a handover that cannot be read', dies, {
  act: 'export SSD_HANDOVER_FD=9; exec "$ssd" "$@" 9<"$0"',
  exit: {code: 1, signal: null},
});

test('a program that ends at once', dies, {act: 'exit 3', exit: {code: 3, signal: null}});
