/**
 * A worker that the kernel kills for want of memory. The limit is that of the unit, and systemd hears of it: that needs control
 * groups of version 2, so these have a kernel of their own.
 */
import test, {type ExecutionContext} from 'ava';
import {createRig, SSD} from '../helpers/rig.js';
import {bootKernel, LONG_MS, onKernel} from './kernel.js';
import {type Machine, PATH, show} from './machine.js';

let booted: Promise<Machine> | undefined;
/** Booted by the first test that needs it. */
function machineOf(): Promise<Machine> {
  booted ??= bootKernel();
  return booted;
}
test.after.always(async () => (await booted)?.end());

const LIMIT = 112 * 2 ** 20;
/** Asked for /eat, it takes more than the limit, but not all of the machine should that not hold. */
const SERVER = `#!/usr/bin/perl
use strict; use warnings; use IO::Socket;
my $listener = IO::Socket->new_from_fd(3, 'r+');
open my $ready, '>&=', $ENV{SSD_READY_FD} or die $!;
syswrite $ready, "\\n";
close $ready;
while (my $client = $listener->accept) {
  my @all;
  push @all, 'x' x 2**20 for 1 .. (<$client> =~ m{/eat} ? 400 : 0);
  print $client "HTTP/1.0 200 OK\\r\\n\\r\\ngeneration $ENV{SERVER_STARTER_GENERATION}\\n";
}
`;
const LIMITED = `[Service]\nMemoryMax=${LIMIT}\nMemorySwapMax=0\n`;

/** Starts what `ssd --print-unit` prints, with the limit and other changes in a drop-in, as an administrator has it. */
async function serve(t: ExecutionContext, name: string, port: number, changes = '') {
  t.timeout(LONG_MS);
  const [rig, machine] = [await createRig(t), await machineOf()];
  const directory = '/run/systemd/system';
  machine.write('/run/server', SERVER, 0o755);
  machine.write(`${directory}/${name}.service.d/limit.conf`, `${LIMITED}${changes}`);
  const print = `PATH=${PATH} ${SSD} --print-unit --name=${name} --port=127.0.0.1:${port} --ready=fd -- /run/server`;
  const install = `${print} >${directory}/${name}.service && systemctl start ${name}`;
  const {code, stderr} = await machine.run(rig, ['sh', '-c', install]);
  if (code !== 0) throw new Error(stderr);
  const log = machine.follow(rig, name);
  await log.line(/generation 1 is ready/);
  const ask = (path: string) => machine.run(rig, ['curl', '-s', `http://127.0.0.1:${port}${path}`]);
  return {rig, machine, log, ask, service: () => show(machine, rig, name)};
}

onKernel('a worker over the memory limit of its unit is replaced; ssd and the service stay', async t => {
  const {rig, machine, log, ask, service} = await serve(t, 'goes-on', 8001);
  const before = await service();
  t.like(before, {ActiveState: 'active', MemoryMax: String(LIMIT), OOMPolicy: 'continue'});
  t.is((await ask('/')).stdout, 'generation 1\n');

  const GOT_NOTHING = 52;
  t.is((await ask('/eat')).code, GOT_NOTHING);
  t.regex(await log.line(/generation 1 lost its worker/), /SIGKILL/);
  await log.line(/generation 2 is ready/);
  t.is((await ask('/')).stdout, 'generation 2\n');
  t.like(await service(), {
    ActiveState: 'active',
    SubState: 'running',
    Result: 'success',
    MainPID: before.MainPID,
    NRestarts: '0',
  });
  const events = await machine.run(rig, ['cat', `/sys/fs/cgroup${before.ControlGroup}/memory.events`]);
  t.regex(events.stdout, /^oom_kill 1$/m);
  t.is((await machine.run(rig, ['systemctl', 'stop', 'goes-on'])).code, 0);
});

onKernel('without the OOMPolicy of the printed unit, systemd ends the service with that worker', async t => {
  const {log, ask, service} = await serve(t, 'ends', 8002, 'OOMPolicy=stop\nRestart=no\n');
  await ask('/eat');
  await log.line(/Failed with result 'oom-kill'/);
  t.like(await service(), {ActiveState: 'failed', Result: 'oom-kill'});
});
