/** The units of --print-unit under a real systemd, with servers in Node, Python and Perl in the sandbox. */
import test from 'ava';
import {createRig, type Rig} from '../helpers/rig.js';
import {freeLowPort} from '../helpers/sockets.js';
import {display} from '../manual/page.js';
import {installPrograms} from './install.js';
import {bootMachine, type Machine, onSystemd, show} from './machine.js';

const SERVERS = {
  node: `const fs = require('fs');
const port = 0;
require('http').createServer((q, r) => {
  let wrote = 'can';
  try { fs.writeFileSync('/srv/app/x', ''); } catch (error) { wrote = error.code; }
  r.end('node ' + process.getuid() + ' ' + wrote + '\\n');
}).listen({fd: Number(process.env.SERVER_STARTER_PORT.match(/=(\\d+)/)[1])}, () => fs.writeSync(Number(process.env.SSD_READY_FD), '\\n'));`,
  python3: `import http.server, os, socket
listener = socket.socket(fileno=int(os.environ['SERVER_STARTER_PORT'].split('=')[1].split(';')[0]))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            open('/srv/app/x', 'w'); wrote = 'can'
        except OSError as error: wrote = 'EROFS' if error.errno == 30 else str(error)
        self.send_response(200); self.end_headers()
        self.wfile.write(b'python3 %d %s\\n' % (os.getuid(), wrote.encode()))
server = http.server.HTTPServer(('', 0), Handler, bind_and_activate=False)
server.socket = listener
os.write(int(os.environ['SSD_READY_FD']), b'\\n')
server.serve_forever()`,
  perl: `use Socket; use POSIX ();
open my $listener, '+<&=', $ENV{SERVER_STARTER_PORT} =~ /=(\\d+)/ or die $!;
open my $ready, '>&=', $ENV{SSD_READY_FD} or die $!; syswrite $ready, "\\n";
while (accept my $client, $listener) {
  sysread $client, my $request, 4096;
  my $wrote = open(my $file, '>', '/srv/app/x') ? 'can' : $! == POSIX::EROFS() ? 'EROFS' : "$!";
  syswrite $client, "HTTP/1.0 200 OK\\r\\n\\r\\nperl $< $wrote\\n"; close $client;
}`,
};
/** Of systemd-analyze security: 10 is open, 0 is closed. */
const MOST_EXPOSED = 2.5;

let booted: Promise<Machine> | undefined;
function machineOf(rig: Rig): Promise<Machine> {
  booted ??= bootMachine().then(async machine => {
    await installPrograms(machine, rig);
    return machine;
  });
  return booted;
}
test.after.always(async () => (await booted)?.end());

for (const [program, source] of Object.entries(SERVERS)) {
  onSystemd(`a hardened unit runs a server in ${program} on a low port`, async t => {
    const rig = await createRig(t);
    const machine = await machineOf(rig);
    // The machine has the network of this one.
    const port = await freeLowPort();
    const name = `hard-${program}`;
    machine.write(`/srv/app/${program}.server`, source);
    const line = `--name=${name} --nice=3 --rlimit=nofile=512 --no-new-privs --path=/run/${name}/http --path-mode=0666 --port=127.0.0.1:${port} --ready=fd --stop-timeout=5s -- ${program} ${program}.server`;
    await install(machine, rig, name, `--hardened ${line}`);
    const started = await machine.run(rig, ['systemctl', 'start', name]);
    t.is(started.code, 0, await journal(machine, rig, name));
    const ask = async () => (await rig.run(['curl', '-s', `http://127.0.0.1:${port}/`])).stdout;
    t.regex(await ask(), new RegExp(`^${program} [1-9][0-9]+ EROFS\\n$`));
    const reached = ['setpriv', '--reuid=nobody', '--clear-groups', 'test', '-w', `/run/${name}/http`];
    t.is((await machine.run(rig, reached)).code, 0, 'other users reach the unix listener');
    t.is((await machine.run(rig, ['systemctl', 'reload', name])).code, 0);
    t.regex(await ask(), new RegExp(`^${program} `));
    const status = await machine.run(rig, ['ssctl', '-s', `/run/${name}/ssd/control`, '--json', 'status']);
    t.is(JSON.parse(status.stdout).current, 2, status.stderr);
    t.deepEqual(JSON.parse(status.stdout).problems ?? [], []);
    const rated = await machine.run(rig, ['systemd-analyze', 'security', '--no-pager', name]);
    const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(rated.stdout)?.[1]);
    t.true(exposure <= MOST_EXPOSED, rated.stdout);
    t.is((await machine.run(rig, ['systemctl', 'stop', name])).code, 0);
    t.like(await show(machine, rig, name), {Result: 'success', ActiveState: 'inactive'});
    t.log(`exposure ${exposure}`);
  });
}

onSystemd('a server gets its words through a unit as they were given', async t => {
  const rig = await createRig(t);
  const machine = await machineOf(rig);
  const words = [
    'a b',
    '$HOME',
    `$${'{HOME}'}`,
    '%n %%',
    '"',
    "it's",
    '\\',
    'a\\',
    ';',
    '-',
    '@x',
    '',
    'ä\u200d',
    'two\nlines',
    '\u0085',
    '*',
    '#',
    '\x1b[1m',
  ];
  const quoted = words.map(word => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const name = 'words';
  machine.write(
    '/srv/app/print',
    '#!/bin/sh\nfor word; do printf "%s\\0" "$word"; done >/run/words/said\nexec sleep 1000\n',
    0o755,
  );
  await install(machine, rig, name, `--name=${name} --interval=0.1 -- ./print ${quoted}`);
  t.is((await machine.run(rig, ['systemctl', 'start', name])).code, 0);
  const said = await machine.run(rig, ['cat', '/run/words/said']);
  t.deepEqual(said.stdout.split('\0').slice(0, -1), words);
  await machine.run(rig, ['systemctl', 'stop', name]);
});

onSystemd(
  'the commands of the manual make units, and systemd binds the listener of a service in the sandbox',
  async t => {
    const rig = await createRig(t);
    const machine = await machineOf(rig);
    const serves = '/etc/systemd/system';
    const port = await freeLowPort();
    machine.write(
      '/srv/app/server',
      `#!/usr/bin/perl\n${SERVERS.perl.replace('perl $<', 'generation $ENV{SERVER_STARTER_GENERATION} $<')}`,
      0o755,
    );
    const commands = display('ssd.8', 'EXAMPLES', '--print-unit').replaceAll(
      '--port=8080',
      '--port=127.0.0.1:0 --ready=fd',
    );
    const script = `cd / && ${commands.replaceAll(' --name=web --port=80', ` --name=web --ready=fd --port=${port}`)}`;
    const written = await machine.run(rig, ['sh', '-ec', `${script}\nsystemctl daemon-reload`]);
    t.is(written.code, 0, written.stderr);
    const units = [`${serves}/server.service`, `${serves}/web.service`, `${serves}/web.socket`];
    const verified = await machine.run(rig, ['systemd-analyze', 'verify', '--man=no', ...units]);
    t.notRegex(verified.stderr, /server\.service|web\./);

    t.is((await machine.run(rig, ['systemctl', 'start', 'server'])).code, 0);
    t.is((await machine.run(rig, ['systemctl', 'stop', 'server'])).code, 0);

    t.is((await machine.run(rig, ['systemctl', 'start', 'web'])).code, 0, await journal(machine, rig, 'web'));
    const ask = async () => (await rig.run(['curl', '-s', `http://127.0.0.1:${port}/`])).stdout;
    t.regex(await ask(), /^generation 1 [1-9][0-9]+ EROFS\n$/);
    t.is((await machine.run(rig, ['systemctl', 'stop', 'web'])).code, 0);
    // The socket has stayed, and starts the service.
    t.regex(await ask(), /^generation 1 /, await journal(machine, rig, 'web'));
    t.is((await machine.run(rig, ['systemctl', 'stop', 'web.socket', 'web'])).code, 0);
  },
);

async function journal(machine: Machine, rig: Rig, name: string): Promise<string> {
  return (await machine.run(rig, ['journalctl', '-u', name])).stdout;
}

/** Prints the unit in /srv/app of the machine, and puts it where an administrator would. */
async function install(machine: Machine, rig: Rig, name: string, line: string): Promise<void> {
  const file = `/etc/systemd/system/${name}.service`;
  const script = `cd /srv/app && PATH=/usr/local/bin:/usr/bin:/bin ssd --print-unit ${line} >${file} && systemd-analyze verify --man=no ${file} && systemctl daemon-reload`;
  const {code, stdout, stderr} = await machine.run(rig, ['sh', '-c', script]);
  // Units of the machine have faults of their own.
  if (code !== 0 || stderr.includes(name)) throw new Error(`${name}: ${code} ${stdout}${stderr}`);
}
