/**
 * The package in a Debian 13 as it comes, with the nodejs and the systemd of that: it is installed, used, upgraded under a
 * running service, removed and purged. SSD_NEWER_SYSTEM names the system, which `test/systemd/newer.sh` makes; a test that
 * needs it is skipped, and says so, without it.
 */
import {readFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {startTraffic} from '../helpers/clients/traffic.js';
import {createRig, type Finished, type Rig} from '../helpers/rig.js';
import {freePort} from '../helpers/sockets.js';
import {bootMachine, type Machine, onSystemd, show} from '../systemd/machine.js';
import {firstDeb, LATER, laterDeb} from './deb.js';

const system = process.env.SSD_NEWER_SYSTEM ?? '';
/** What other packages write when one is installed, and what the machine writes while it runs. */
const ELSEWHERE =
  /^\/(proc|sys|dev|run|tmp|root|var\/tmp)\/|^\/var\/(cache|log|lib\/(dpkg|apt|systemd))\/|^\/srv\//;
const SERVER = `#!/usr/bin/node
const server = require('node:http').createServer((_request, response) =>
  response.end(\`generation \${process.env.SERVER_STARTER_GENERATION}, pid \${process.pid}\\n\`));
server.listen({fd: 3}, () => require('node:fs').writeSync(Number(process.env.SSD_READY_FD), '\\n'));
process.on('SIGTERM', () => server.close());
`;

/** Asks for the description of the protocol, which is a file of the package. */
const DISCOVER = `const socket = require('node:net').connect(process.argv[1]);
socket.write('{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}\\n');
let answers = '';
socket.on('data', data => { answers += data; if (answers.includes('"id":1')) socket.end(); });
socket.on('end', () => console.log(answers));`;

/** The package manager takes a second, and ten times that on a busy machine. */
const PATIENCE_MS = 100_000;
const MINIMAL = [
  'env',
  '-i',
  'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
  'DEBIAN_FRONTEND=noninteractive',
  'PAGER=cat',
];

type Debian = {
  /** Runs a command to its end. */
  readonly run: (...command: readonly string[]) => Promise<Finished>;
  /** Its output; the test fails if it does. */
  readonly output: (...command: readonly string[]) => Promise<string>;
  readonly write: Machine['write'];
  /** The log of a service. */
  readonly follow: (name: string) => ReturnType<Machine['follow']>;
  /** What systemd knows of ssd@web. */
  readonly service: () => Promise<Readonly<Record<string, string>>>;
  /** Installs this package of ours. */
  readonly install: (deb: string) => Promise<void>;
  /** Every file, except those of what runs and of the package manager. */
  readonly files: () => Promise<ReadonlySet<string>>;
};

function onDebian(
  title: string,
  implementation: (t: ExecutionContext, debian: Debian) => Promise<void>,
): void {
  if (system === '') {
    test.skip(`${title} (SSD_NEWER_SYSTEM names no Debian 13)`, () => {});
    return;
  }
  onSystemd(title, async t => {
    t.timeout(300_000);
    const rig = await createRig(t);
    const machine = await bootMachine(system);
    t.teardown(machine.end);
    await implementation(t, debianOf(t, rig, machine));
  });
}

function debianOf(t: ExecutionContext, rig: Rig, machine: Machine): Debian {
  const run = (...command: readonly string[]) => machine.run(rig, [...MINIMAL, ...command], PATIENCE_MS);
  const output = async (...command: readonly string[]) => {
    const {code, stdout, stderr} = await run(...command);
    t.is(code, 0, `${command.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  };
  return {
    run,
    output,
    write: machine.write,
    follow: name => machine.follow(rig, name),
    service: () => show(machine, rig, 'ssd@web'),
    install: async deb => {
      const path = '/srv/new.deb';
      machine.write(`${path}.base64`, readFileSync(deb, 'base64'));
      await output('sh', '-c', 'base64 -d "$0.base64" >"$0"', path);
      await output('apt-get', 'install', '--yes', '--no-install-recommends', path);
    },
    files: async () => {
      const found = (await output('find', '/', '-xdev')).split('\n');
      return new Set(found.filter(path => !ELSEWHERE.test(path)));
    },
  };
}

/** Prepares the service ssd@web, and gives its port. */
async function prepareService({write}: Debian): Promise<number> {
  const port = await freePort();
  write('/srv/web/server', SERVER, 0o755);
  const options = {port: `127.0.0.1:${port}`, user: 'www-data', dir: '/srv/web', ready: 'fd', fdstore: true};
  write('/etc/ssd/web.json', JSON.stringify({...options, program: ['./server']}));
  return port;
}

onDebian(
  'the package is installed, found by man and the shells, removed, and leaves nothing',
  async (t, debian) => {
    const {run, output} = debian;
    const before = await debian.files();
    await debian.install(await firstDeb());
    t.is(await output('dpkg', '--verify', 'ssd-superdaemon'), '');
    t.regex(await output('dpkg', '--status', 'ssd-superdaemon'), /^Depends: nodejs \(>= 20\.\d+\), /m);
    t.regex(await output('man', 'ssd'), /^SSD\(8\)/);
    t.regex(await output('man', 'ssd-control'), /^SSD-CONTROL\(7\)/);
    const inBash = '. /usr/share/bash-completion/bash_completion; _comp_load ssctl; complete -p ssctl';
    t.regex(await output('bash', '-c', inBash), /^complete .* ssctl$/m);
    t.is(
      await output('zsh', '-fc', 'autoload -Uz compinit; compinit -D; print $_comps[ssctl] $_comps[ssd]'),
      '_ssd _ssd\n',
    );
    // The code is there already, for users who could not keep it.
    const kept = '/usr/lib/ssd-superdaemon/dist/cache';
    t.is((await output('ls', kept)).trim().split('\n').length, 4);
    const asNobody = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups'];
    t.regex(await output(...asNobody, 'ssctl', '--version'), /^\d+\.\d+\.\d+\n$/);
    t.is((await run(...asNobody, 'ssctl', 'status')).code, 3);

    await output('apt-get', 'purge', '--yes', 'ssd-superdaemon');
    const after = await debian.files();
    t.deepEqual(
      [...after].filter(path => !before.has(path)),
      [],
    );
    t.deepEqual(
      [...before].filter(path => !after.has(path)),
      [],
    );
  },
);

onDebian(
  'a service goes on through an upgrade and `ssctl reexec`, and no request fails',
  async (t, debian) => {
    const {output} = debian;
    const port = await prepareService(debian);
    await debian.install(await firstDeb());
    await output('systemctl', 'enable', '--now', 'ssd@web');
    const {MainPID} = await debian.service();
    const status = async () => JSON.parse(await output('ssctl', '-n', 'web', 'status', '--json'));
    t.like(await status(), {instance: 'web', current: 1});
    t.regex(await output('node', '--eval', DISCOVER, '/run/ssd/web.sock'), /"openrpc":/);

    const traffic = startTraffic(port);
    t.teardown(async () => void (await traffic.stop()));
    await traffic.answeredBy(1, 20);
    await output('systemctl', 'reload', 'ssd@web');
    await traffic.answeredBy(2, 20);
    await debian.install(await laterDeb());
    // The old one serves on, and can do what it could.
    t.not((await status()).version, LATER);
    await output('ssctl', '-n', 'web', 'restart');
    await traffic.answeredBy(3, 20);
    await output('ssctl', '-n', 'web', 'reexec');
    t.like(await status(), {version: LATER, current: 3});
    await output('ssctl', '-n', 'web', 'restart');
    await traffic.answeredBy(4, 20);
    t.like(await debian.service(), {MainPID, ActiveState: 'active', NRestarts: '0'});
    const report = await traffic.stop();
    t.is(report.failed, 0, report.problems.join('\n'));
    t.log(`${report.answered} requests`);
  },
);

onDebian(
  'a removal stops the services that systemd runs, lets an instance of a person go on, and keeps their files',
  async (t, debian) => {
    const {run, output} = debian;
    const before = await debian.files();
    await prepareService(debian);
    await debian.install(await firstDeb());
    await output('systemctl', 'enable', '--now', 'ssd@web');
    const own = ['ssd', '--name=own', '--interval=0', '--', 'sleep', '1000'];
    await output('systemd-run', '--unit=own', '--property=Type=notify', ...own);
    await output('apt-get', 'remove', '--yes', 'ssd-superdaemon');
    t.like(await debian.service(), {ActiveState: 'inactive', Result: 'success'});
    const log = await output('journalctl', '-o', 'cat', '-u', 'ssd@web');
    t.regex(log, /sending TERM to generation 1/);
    t.is((await run('systemctl', 'is-active', 'own')).stdout, 'active\n');
    // It can still be told to restart, and to stop.
    await output('systemctl', 'kill', '--kill-whom=main', '--signal=HUP', 'own');
    await debian.follow('own').line(/generation 2 is ready/);
    await output('systemctl', 'stop', 'own');

    const link = '/etc/systemd/system/multi-user.target.wants/ssd@web.service';
    await output('test', '-L', link);
    await output('apt-get', 'purge', '--yes', 'ssd-superdaemon');
    const left = [...(await debian.files())].filter(path => !before.has(path));
    t.deepEqual(left, ['/etc/ssd', '/etc/ssd/web.json']);
  },
);
