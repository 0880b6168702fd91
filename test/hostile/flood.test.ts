/** Another user sends to the notification socket without end: ssd still hears its workers, and answers requests. */
import {chmodSync, writeFileSync} from 'node:fs';
import {restart, status, stop} from '../helpers/clients/control.js';
import {createRig} from '../helpers/rig.js';
import {asRoot, STRANGER} from '../helpers/root.js';

const SENDERS = 8;
const WORKERS = 4;

/** In Perl, because Node has no such sockets. Each sender says when it has sent a message. It ends when nobody listens. */
const FLOOD = `
use strict; use warnings; use Socket;
my $to = pack_sockaddr_un($ARGV[0] =~ s/^@/\\0/r);
for (1 .. ${SENDERS}) {
  next if fork;
  socket my $socket, AF_UNIX, SOCK_DGRAM, 0 or exit 1;
  send $socket, "X=1", 0, $to or exit 1;
  syswrite STDERR, "sent\\n";
  1 while send $socket, "READY=1", 0, $to;
  exit;
}
1 while wait != -1;
`;

asRoot('a flood of a stranger’s notifications holds up no restart', async t => {
  const rig = await createRig(t);
  chmodSync(rig.directory, 0o755);
  const ssd = rig.ssd(['--ready=notify', `--workers=${WORKERS}`]);
  /** @returns where they notify */
  const startAll = async () => {
    let address = '';
    for (let index = 0; index < WORKERS; index += 1) {
      const worker = await rig.conductor.nextWorker();
      address = worker.env.NOTIFY_SOCKET ?? '';
      t.like(await status(rig), {wanted: 'running'});
      await worker.notify('READY=1');
    }
    return address;
  };
  const address = await startAll();
  await ssd.line(/generation 1 is ready/);
  writeFileSync(rig.path('flood.pl'), FLOOD);
  const flood = rig.start(['perl', rig.path('flood.pl'), address], {uid: STRANGER});
  for (let sender = 0; sender < SENDERS; sender += 1) await flood.line(/sent/);

  const restarting = restart(rig);
  await startAll();

  t.like(await restarting, {verdict: 'completed', generation: 2});
  await ssd.line(/a notification from pid \d+ is ignored/);
  await stop(rig);
  t.is((await ssd.exit()).code, 0);
  t.is((await flood.exit()).code, 0);
});
