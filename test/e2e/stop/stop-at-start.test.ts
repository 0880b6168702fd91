/** A stop also takes effect while ssd starts, whatever ssd waits for. */
import {existsSync, writeFileSync} from 'node:fs';
import {createRig, SERVER, SSD} from '../../helpers/rig.js';
import {asRoot} from '../../helpers/root.js';

/** A name server that receives and never answers, in a network of its own. */
const SILENT = `
use Socket;
socket my $s, PF_INET, SOCK_DGRAM, 0;
bind $s, pack_sockaddr_in(53, INADDR_LOOPBACK) or die;
# Whoever started it goes on once it hears.
fork and exit;
my $asked = recv $s, my $query, 512, 0;
print STDERR "asked\\n";
sleep 1000;
`;
const SCRIPT = `
ip link set lo up && mount --bind resolv.conf /etc/resolv.conf || exit 77
perl silent.pl || exit 77
exec "$@"
`;

for (const [signal, port] of [
  ['SIGTERM', 'slow.example.test:0'],
  ['SIGINT', 'slow.example.test:u0'],
] as const) {
  asRoot(`${signal} ends an ssd that waits for a name server (${port})`, async t => {
    const rig = await createRig(t);
    // Longer than a test waits for an exit.
    writeFileSync(rig.path('resolv.conf'), 'nameserver 127.0.0.1\noptions timeout:30\n');
    writeFileSync(rig.path('silent.pl'), SILENT);
    const files = [`--pid-file=${rig.path('pid')}`, `--path=${rig.path('x')}`, `--control=${rig.control}`];
    const command = [process.execPath, SSD, ...files, `--port=${port}`, '--', ...SERVER];
    const ssd = rig.start(['unshare', '-m', '-n', 'sh', '-c', SCRIPT, 'sh', ...command]);
    await ssd.line(/^asked$/);
    ssd.kill(signal);
    t.deepEqual(await ssd.exit(), {code: 0, signal: null});
    for (const path of [rig.path('pid'), rig.path('x'), rig.control]) t.false(existsSync(path));
  });
}
