/** What --print-unit prints. `test/systemd` runs such units. */
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {userInfo} from 'node:os';
import {dirname, join} from 'node:path';
import test from 'ava';
import {createRig, INSTALLED, type Rig, SSCTL, SSD} from '../../helpers/rig.js';

const print = (rig: Rig, args: readonly string[], cwd = rig.directory) =>
  rig.runSsd(['--print-unit', ...args], {cwd});
const NODE = dirname(process.execPath);
const SYSTEM = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const path = SYSTEM.split(':').includes(NODE) ? [] : [`Environment=PATH=${NODE}:${SYSTEM}`];
const user = process.geteuid?.() === 0 ? [] : [`User=${userInfo().username}`];

test('a service unit has what ssd needs, and nothing of the line is lost', async t => {
  const rig = await createRig(t);
  const line = [
    '--port=8080',
    '--ready=fd',
    '--log-file=/var/log/server/log',
    '--dir=my app',
    '--',
    './server',
    '--fast',
  ];
  mkdirSync(join(rig.directory, 'my app'));
  const {code, stdout, stderr} = await print(rig, line, rig.directory);
  t.is(code, 0, stderr);
  t.deepEqual(settingsOf(stdout), [
    '[Unit]',
    'Description=server, run by ssd',
    'Documentation=man:ssd(8)',
    'Wants=network-online.target',
    'After=network-online.target',
    '[Service]',
    'Type=notify',
    `WorkingDirectory=${rig.directory}`,
    ...path,
    `ExecStart=${INSTALLED.ssd} --control=/run/server/control --port=8080 --ready=fd --log-file=/var/log/server/log "--dir=my app" -- ./server --fast`,
    `ExecReload=${INSTALLED.ssctl} -s /run/server/control restart --until=ready`,
    'KillMode=mixed',
    'OOMPolicy=continue',
    'Restart=on-failure',
    'RestartForceExitStatus=SIGHUP SIGINT SIGPIPE SIGTERM',
    'RestartPreventExitStatus=2',
    'RuntimeDirectory=server',
    'RuntimeDirectoryMode=0700',
    'LogsDirectory=server',
    ...user,
    '[Install]',
    'WantedBy=multi-user.target',
  ]);
  t.true(stdout.startsWith('# /etc/systemd/system/server.service\n'));
  t.regex(stdout, /^# ssctl reaches it by its socket: ssctl -s \/run\/server\/control status$/m);
  const odd = await print(rig, ['--control=/run/a b', '--', './server']);
  t.notRegex(odd.stdout, /^# ssctl reaches/m);
});

test('a low port needs a capability, unless a socket unit binds it', async t => {
  const rig = await createRig(t);
  const capability = 'AmbientCapabilities=CAP_NET_BIND_SERVICE';
  const has = async (...args: readonly string[]) =>
    settingsOf((await print(rig, [...args, '--', 'sleep', '1000'])).stdout).includes(capability);
  t.true(await has('--port=80'));
  t.true(await has('--port=[::1]:u53'));
  t.true(await has('--port=8080', '--socket', '--http=80'));
  t.false(await has('--http=9090'));
  t.false(await has('--port=1024'));
  t.false(await has('--port=0', '--path=/srv/socket'));
  t.false(await has('--port=80', '--socket'));
});

test('a socket unit has the listeners as ssd would bind them', async t => {
  const rig = await createRig(t);
  const options = [
    '--path-mode=0660',
    '--path-owner=www-data:adm',
    '--reuse-port',
    '--freebind',
    '--defer-accept=3s',
  ];
  const args = [
    '--socket',
    '--backlog=100',
    '--ipv6-dual',
    ...options,
    '--port=80',
    '--port=[::1]:u53',
    '--path=/run/app/100% socket',
  ];
  const {stdout, stderr} = await print(rig, [...args, '--name=app', '--', 'sleep', '1000']);
  // The directory of the socket is not one that goes with the service.
  t.regex(stdout, /^RuntimeDirectory=app-ssd\nRuntimeDirectoryMode=0700$/m);
  const [service = '', socket = ''] = stdout.split('# /etc/systemd/system/app.socket\n');
  t.true(settingsOf(service).includes('Requires=app.socket'), stderr);
  t.deepEqual(settingsOf(socket), [
    '[Unit]',
    'Description=The listeners of app',
    '[Socket]',
    'ListenStream=0.0.0.0:80',
    'ListenDatagram=[::1]:53',
    'ListenStream=/run/app/100%% socket',
    'Backlog=100',
    'SocketMode=0660',
    'SocketUser=www-data',
    'SocketGroup=adm',
    'ReusePort=yes',
    'DeferAcceptSec=3',
    'FreeBind=yes',
    'BindIPv6Only=both',
    '[Install]',
    'WantedBy=sockets.target',
  ]);
});

test('a sandbox is refused where the service would not find what it needs', async t => {
  const rig = await createRig(t);
  const {code, stdout, stderr} = await print(rig, ['--hardened', '--', 'sleep', '1000']);
  t.deepEqual([code, stdout], [2, '']);
  t.regex(
    stderr,
    /^ssd: --hardened does not work with the working directory \/tmp\/\S+: the service has a \/tmp of its own; print the unit from another directory; /,
  );
});

test('a program that is not there is warned of', async t => {
  const rig = await createRig(t);
  const {code, stdout, stderr} = await print(rig, ['--', 'nodee']);
  t.deepEqual([code, stderr], [0, 'ssd: warning: cannot start nodee: no such program\n']);
  t.regex(stdout, /^Description=nodee, run by ssd$/m);
});

test('a release is where the program is looked for, and need not be there yet', async t => {
  const rig = await createRig(t);
  const release = join(rig.directory, 'releases');
  const line = (link: string) => [`--release=${link}`, '--', './server'];
  mkdirSync(release);
  writeFileSync(join(release, 'server'), '#!/bin/sh\n', {mode: 0o755});
  symlinkSync('releases', join(rig.directory, 'current'));
  t.is((await print(rig, line('current'))).stderr, '');
  const dangling = await print(rig, line('later'));
  t.is(dangling.code, 0);
  t.regex(dangling.stderr, /^ssd: warning: cannot use release later: ENOENT /);
  t.regex(dangling.stdout, /--release=later -- \.\/server$/m);
});

test('variables that are options are options of the service', async t => {
  const rig = await createRig(t);
  const env = {ENVDIR: '/etc/app env', KILL_OLD_DELAY: '3', AUTO_RESTART_INTERVAL: '9'};
  const {stdout} = await rig.runSsd(['--print-unit', '--auto-restart-interval=5', '--', 'sleep', '9'], {env});
  const lines = settingsOf(stdout).filter(line => /^Environment=(?!PATH)|^Environment="(?!PATH)/.test(line));
  t.deepEqual(lines, ['Environment="ENVDIR=/etc/app env"', 'Environment=KILL_OLD_DELAY=3']);
});

test('a variable that an option does not replace is one of the service, as it is one of ssd', async t => {
  const rig = await createRig(t);
  writeFileSync(rig.path('config.json'), '{"enable-auto-restart": false}');
  const args = [`--config=${rig.path('config.json')}`, '--print-unit', '--', 'sleep', '9'];
  const {stdout} = await rig.runSsd(args, {env: {ENABLE_AUTO_RESTART: '1'}});
  t.true(settingsOf(stdout).includes('Environment=ENABLE_AUTO_RESTART=1'), stdout);
});

test('by a link of another name, ssctl is that beside ssd', async t => {
  const rig = await createRig(t);
  symlinkSync(SSD, rig.path('superd'));
  const {stdout} = await rig.run([rig.path('superd'), '--print-unit', '--', 'sleep', '9']);
  t.true(
    settingsOf(stdout).some(line => line.startsWith(`ExecReload=${SSCTL} `)),
    stdout,
  );
});

test('the store has room for the listeners', async t => {
  const rig = await createRig(t);
  const settings = async (...args: readonly string[]) =>
    settingsOf((await print(rig, ['--port=8080', '--port=8081', ...args, '--', 'sleep', '1000'])).stdout);
  t.true((await settings('--fdstore')).includes('FileDescriptorStoreMax=2'));
  for (const others of [[], ['--fdstore', '--socket']])
    t.false((await settings(...others)).some(line => line.startsWith('FileDescriptorStoreMax=')));
});

test('options of a configuration file stay there', async t => {
  const rig = await createRig(t);
  const file = join(rig.directory, 'app.json');
  const options = {port: 8080, ready: 'fd', 'kill-group': true, interval: 3, program: ['sleep', '1000']};
  writeFileSync(file, JSON.stringify(options));
  const {stdout} = await print(rig, [`--config=${file}`, '--interval=2', '--kill-group=false']);
  t.regex(
    stdout,
    new RegExp(
      `^ExecStart=\\S+ --control=/run/sleep/control --config=${file} --interval=2 --kill-group=false$`,
      'm',
    ),
  );
});

const REFUSED: readonly (readonly [readonly string[], string])[] = [
  [
    ['--daemonize', '--log-file=x'],
    '--print-unit does not work with --daemonize: systemd keeps ssd in the background',
  ],
  [
    ['--hardened', '--user=nobody'],
    '--hardened does not work with --user: the service has no right to change it',
  ],
  [['--name=a@'], '--name=a@ is the name of a template: give another one'],
  [
    ['--socket', '--port=localhost:80'],
    '--socket needs a number in --port=localhost:80: systemd looks up no names of hosts',
  ],
  [
    ['--socket', '--port=80', '--fast-open'],
    '--socket does not work with --fast-open: a socket unit has no setting for it',
  ],
  [['--socket'], '--socket needs a listener for the socket unit: give --port or --path'],
  [
    ['--socket', '--port=0'],
    '--socket needs the number of the port: clients of a socket unit cannot learn it from ssd',
  ],
  [['--socket', '--path=/run/a\nb'], 'a unit cannot have "/run/a\\nb": systemd has no quotes for this path'],
];
for (const [args, problem] of REFUSED) {
  test(`${JSON.stringify(args.join(' '))} has no unit`, async t => {
    const rig = await createRig(t);
    const {code, stdout, stderr} = await print(rig, [...args, '--', 'sleep', '1000']);
    t.deepEqual([code, stdout, stderr], [2, '', `ssd: ${problem}; see ssd --help\n`]);
  });
}

for (const option of ['--socket', '--hardened']) {
  test(`${option} is for --print-unit`, async t => {
    const rig = await createRig(t);
    const {code, stderr} = await rig.runSsd([option, '--', 'sleep', '1000']);
    t.deepEqual([code, stderr], [2, `ssd: ${option} works only with --print-unit; see ssd --help\n`]);
  });
}

/** The lines that systemd reads. */
function settingsOf(unit: string): string[] {
  return unit.split('\n').filter(line => line !== '' && !line.startsWith('#'));
}
