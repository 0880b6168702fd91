/** Listeners in the descriptor store of a real systemd: what a restart and a crash of ssd cost its clients. */
import test, {type ExecutionContext} from 'ava';
import {http1} from '../helpers/clients/exchange.js';
import {startTraffic} from '../helpers/clients/traffic.js';
import {createRig, type Rig, SSCTL, SSD} from '../helpers/rig.js';
import {freePort} from '../helpers/sockets.js';
import {display} from '../manual/page.js';
import {bootMachine, type Machine, onSystemd, PATH, show} from './machine.js';

let booted: Promise<Machine> | undefined;
/** Booted by the first test that needs it. */
function machineOf(): Promise<Machine> {
  booted ??= bootMachine();
  return booted;
}
test.after.always(async () => (await booted)?.end());

/** How often the service is restarted, how many requests are sent then at least, and how many between two restarts. */
const RESTARTS = 20;
const REQUESTS = 20_000;
const BETWEEN = REQUESTS / RESTARTS;

/** Answers one request after the other, and ends at TERM between two of them. */
const SERVER = `#!/usr/bin/perl
use strict; use warnings; use IO::Socket; use POSIX;
my $ended = 0;
sigaction SIGTERM, POSIX::SigAction->new(sub { $ended = 1 });
my $listener = IO::Socket->new_from_fd(3, 'r+');
if (defined $ENV{SSD_READY_FD}) {
  open my $ready, '>&=', $ENV{SSD_READY_FD} or die $!;
  syswrite $ready, "\\n";
  close $ready;
}
my $body = "generation $ENV{SERVER_STARTER_GENERATION}, pid $$\\n";
my $answer = "HTTP/1.1 200 OK\\r\\nContent-Length: ".length($body)."\\r\\nConnection: close\\r\\n\\r\\n$body";
my $set = '';
vec($set, 3, 1) = 1;
until ($ended) {
  select(my $found = $set, undef, undef, 0.1) > 0 or next;
  my $client = $listener->accept or next;
  my $request = '';
  until ($request =~ /\\r\\n\\r\\n/) { sysread($client, $request, 4096, length $request) or last }
  syswrite($client, $answer);
  shutdown($client, 1);
  close($client);
}
`;

type Unit = {readonly options?: readonly string[]; readonly lines?: readonly string[]};

function install(machine: Machine, name: string, {options = [], lines = []}: Unit): void {
  machine.write('/run/server', SERVER, 0o755);
  const args = [`--control=/run/${name}/control`, '--ready=fd', '--max-attempts=1', ...options];
  const unit = [
    '[Unit]',
    'StartLimitIntervalSec=0',
    '[Service]',
    'Type=notify',
    `Environment=PATH=${PATH}`,
    `ExecStart=${SSD} ${args.join(' ')} -- /run/server`,
    `RuntimeDirectory=${name}`,
    'KillMode=mixed',
    'FileDescriptorStoreMax=8',
    ...lines,
    '',
  ];
  machine.write(`/run/systemd/system/${name}.service`, unit.join('\n'));
}

type Status = {readonly listeners: readonly {readonly type: string; readonly address: string}[]};

/** A service, and the port that it has. */
async function serve(t: ExecutionContext, name: string, unit: Unit) {
  const [rig, machine] = [await createRig(t), await machineOf()];
  install(machine, name, unit);
  const systemctl = async (...args: readonly string[]) => {
    const {code, stderr} = await machine.run(rig, ['systemctl', ...args]);
    const said = code === 0 ? '' : (await machine.run(rig, ['journalctl', '-o', 'cat', '-u', name])).stdout;
    t.is(code, 0, `${stderr}${said}`);
  };
  await systemctl('daemon-reload');
  await systemctl('start', name);
  return {rig, machine, systemctl, port: await portOf(rig, machine, name)};
}

async function portOf(rig: Rig, machine: Machine, name: string): Promise<number> {
  const command = ['env', `PATH=${PATH}`, SSCTL, '-s', `/run/${name}/control`, '--json', 'status'];
  const {stdout} = await machine.run(rig, command);
  const {listeners} = JSON.parse(stdout) as Status;
  return Number(/:(\d+)$/.exec(listeners.find(({type}) => type === 'tcp')?.address ?? '')?.[1]);
}

onSystemd('20 restarts of the service refuse and reset no connection', async t => {
  t.timeout(400_000);
  const {rig, machine, systemctl, port} = await serve(t, 'kept', {
    options: ['--fdstore', '--port=127.0.0.1:0', '--path=/run/kept.sock'],
  });
  const socket = async () => (await machine.run(rig, ['stat', '-c', '%i %F', '/run/kept.sock'])).stdout;
  const bound = await socket();
  t.regex(bound, /socket/);
  const traffic = startTraffic(port, {thinkingMs: 0});
  t.teardown(async () => void (await traffic.stop()));
  for (let nth = 1; nth <= RESTARTS; nth += 1) {
    await systemctl('restart', 'kept');
    await traffic.answeredBy(1, nth * BETWEEN);
  }
  const {answered, failed, problems} = await traffic.stop();
  t.is(failed, 0, problems.join('\n'));
  t.true(answered >= REQUESTS, String(answered));
  t.is(await portOf(rig, machine, 'kept'), port);
  t.is(await socket(), bound);
  t.like(await show(machine, rig, 'kept'), {NFileDescriptorStore: '2', ActiveState: 'active'});
  t.log(`${answered} requests over ${RESTARTS} restarts of the service, ${failed} failed`);
  await systemctl('stop', 'kept');
  t.is((await show(machine, rig, 'kept')).NFileDescriptorStore, '0');
});

onSystemd('a crash of ssd refuses no connection', async t => {
  t.timeout(200_000);
  const lines = ['Restart=always', 'RestartSec=0'];
  const {rig, machine, systemctl, port} = await serve(t, 'crash', {
    options: ['--fdstore', '--port=127.0.0.1:0'],
    lines,
  });
  const log = machine.follow(rig, 'crash');
  await log.line(/generation 1 is ready/);
  const traffic = startTraffic(port, {thinkingMs: 0});
  t.teardown(async () => void (await traffic.stop()));
  for (let nth = 1; nth <= 5; nth += 1) {
    await traffic.answeredBy(1, nth * 200);
    await systemctl('kill', '-s', 'KILL', '--kill-who=main', 'crash');
    await log.line(/generation 1 is ready/);
  }
  await traffic.answeredBy(1, 1200);
  const {answered, refused, reset, cutShort, otherwise, problems} = await traffic.stop();
  t.deepEqual({refused, otherwise}, {refused: 0, otherwise: 0}, problems.join('\n'));
  // systemd kills the worker too, which has one request at a time.
  t.true(reset + cutShort <= 5, problems.join('\n'));
  t.is((await show(machine, rig, 'crash')).NRestarts, '5');
  t.log(
    `${answered} requests over 5 crashes, ${refused} refused, ${reset + cutShort} cut by the end of their worker`,
  );
  await systemctl('stop', 'crash');
});

onSystemd('what the command line does not name any more leaves the store', async t => {
  t.timeout(200_000);
  const [one, other] = [await freePort(), await freePort()];
  const options = ['--fdstore', `--port=${one}`, `--port=127.0.0.1:${other}`];
  const {rig, machine, systemctl} = await serve(t, 'moved', {options});
  const become = async (...changed: readonly string[]) => {
    install(machine, 'moved', {options: changed});
    await systemctl('daemon-reload');
    await systemctl('restart', 'moved');
    return (await show(machine, rig, 'moved')).NFileDescriptorStore;
  };
  // The same port at another address: the socket that was stored must be gone before this one is bound.
  t.is(await become('--fdstore', `--port=127.0.0.1:${one}`), '1');
  t.is((await http1(one).exchange('/')).outcome, 'answered');
  t.is((await http1(other).exchange('/')).outcome, 'refused');
  // Without the option nothing stays, and ssd removes its path at a stop.
  t.is(await become('--fdstore', `--path=/run/moved.sock`), '1');
  t.is(await become(`--path=/run/moved.sock`), '0');
  await systemctl('stop', 'moved');
  t.not((await machine.run(rig, ['stat', '/run/moved.sock'])).code, 0);
});

onSystemd('a unix socket whose path is gone is not taken again', async t => {
  const {rig, machine, systemctl} = await serve(t, 'lost', {options: ['--fdstore', '--path=/run/lost.sock']});
  await machine.run(rig, ['rm', '/run/lost.sock']);
  await systemctl('restart', 'lost');
  t.is((await machine.run(rig, ['test', '-S', '/run/lost.sock'])).code, 0);
  t.is((await show(machine, rig, 'lost')).NFileDescriptorStore, '1');
  await systemctl('stop', 'lost');
});

onSystemd('the unit that ssd(8) prints has the same socket after a restart', async t => {
  const [rig, machine] = [await createRig(t), await machineOf()];
  const port = await freePort();
  machine.write('/run/server', SERVER, 0o755);
  const unit = display('ssd.8', 'SYSTEMD', 'FileDescriptorStoreMax')
    .replace('/usr/local/bin/ssd', SSD)
    .replace('--port=8080', `--port=127.0.0.1:${port}`)
    .replace('/srv/app/server', '/run/server');
  machine.write('/run/systemd/system/printed.service', `${unit}Environment=PATH=${PATH}\n`);
  t.is((await machine.run(rig, ['systemctl', 'start', 'printed'])).code, 0);
  const inode = async () =>
    (await machine.run(rig, ['sh', '-c', `ss -lntHe sport = ${port} | grep -o 'ino:[0-9]*'`])).stdout;
  const before = await inode();
  t.regex(before, /^ino:\d+$/m);
  t.is((await machine.run(rig, ['systemctl', 'restart', 'printed'])).code, 0);
  t.is(await inode(), before);
  t.is((await http1(port).exchange('/')).outcome, 'answered');
  await machine.run(rig, ['systemctl', 'stop', 'printed']);
});
