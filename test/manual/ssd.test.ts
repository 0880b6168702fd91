/** The examples of ssd(8), run as they are printed. */
import {readFileSync, writeFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {needs} from '../helpers/programs.js';
import {display, displays} from './page.js';
import {alike, openTerminal, steps} from './session.js';

needs('python3', 'curl')('a server is run, asked and restarted', async t => {
  const [first, ...others] = steps(display('ssd.8', 'EXAMPLES', '$ ssd --port=8080'));
  const terminal = await openTerminal(t);
  const server = display('ssd.8', 'WRITING A SERVER', '#!/usr/bin/env python3');
  writeFileSync(terminal.rig.path('server.py'), server, {mode: 0o755});
  const ssd = terminal.leave(first?.command ?? '');
  await ssd.line(/generation 1 is ready/);
  t.is(others.length, 3);
  for (const {command, printed} of others) {
    const {stdout} = await terminal.type(command.replace('curl', 'curl --silent'));
    t.is(alike(stdout), alike(printed), command);
  }
});

test('a server runs in the background with a log command, and is restarted and stopped by its pid file', async t => {
  const places = {'/run/app.pid': 'app.pid', '/srv/app/server': 'server'};
  const {rig, type} = await openTerminal(t, places);
  writeFileSync(rig.path('server'), '#!/bin/sh\nexec sleep 1000\n', {mode: 0o755});
  writeFileSync(rig.path('bin/logger'), `#!/bin/sh\nexec cat >>${rig.path('log')}\n`, {mode: 0o755});
  const lines = display('ssd.8', 'EXAMPLES', '--daemonize')
    .replaceAll(/\\\n\s*/g, '')
    .trim()
    .split('\n');
  t.is(lines.length, 3);
  for (const line of lines) {
    const {code, stdout} = await type(line);
    t.is(code, 0, `${line}: ${stdout}`);
    if (line.includes('--restart')) t.regex(readFileSync(rig.path('log'), 'utf8'), /generation 2 is ready/);
  }
});

needs('systemd-analyze')('systemd finds no fault in the units', async t => {
  const [unit = '', change = ''] = displays('ssd.8', 'EXAMPLES').filter(text => text.includes('ExecReload'));
  const {rig, type} = await openTerminal(t);
  const keys = change.match(/^\w+(?==)/gm) ?? [];
  const isKept = (line: string) => !keys.some(key => line.startsWith(key));
  const own = unit
    .split('\n')
    .filter(isKept)
    .join('\n')
    .replace('[Service]\n', `[Service]\n${change.replace('User=app', 'User=www-data')}`);
  for (const [name, text] of Object.entries({root: unit, user: own})) {
    const file = rig.path(`${name}.service`);
    writeFileSync(
      file,
      text.replaceAll('/usr/local/bin', rig.path('bin')).replaceAll('/srv/app/server', '/bin/true'),
    );
    const {code, stdout} = await type(`systemd-analyze verify --man=no --recursive-errors=no ${file}`);
    t.deepEqual({code, stdout}, {code: 0, stdout: ''});
  }
});

test('the templates of --fds-as give what is said of them', async t => {
  const lines = display('ssd.8', 'OPTIONS', 'MOJO_LISTEN').trim().split('\n');
  const variables = [/^MOJO_LISTEN=http:\/\/\*\?fd=3$/, /^EINHORN_FD_0=3$/, /^FPM_SOCKETS=\S+\.fpm=3$/];
  t.is(lines.length, variables.length);
  for (const [nth, line] of lines.entries()) {
    const terminal = await openTerminal(t, {'/run/php.sock': 'php.sock'});
    const port = line.includes('--path') ? '' : '--port=127.0.0.1:0';
    const ssd = terminal.leave(`ssd ${port} ${line} -- sh -c 'env >&2; exec sleep 1000'`);
    t.regex(await ssd.line(variables[nth] ?? /$^/), /=/);
  }
});

needs('systemd-analyze')('systemd finds no fault in the socket unit', async t => {
  const unit = displays('ssd.8', 'EXAMPLES').find(text => text.includes('[Socket]')) ?? '';
  const {rig, type} = await openTerminal(t);
  const file = rig.path('app.socket');
  writeFileSync(file, unit);
  writeFileSync(rig.path('app.service'), '[Service]\nExecStart=/bin/true\n');
  const {code, stdout} = await type(`systemd-analyze verify --man=no --recursive-errors=no ${file}`);
  t.deepEqual({code, stdout}, {code: 0, stdout: ''});
});

test('the commands of the units start ssd and restart it', async t => {
  const units = displays('ssd.8', 'EXAMPLES').filter(text => text.includes('ExecReload'));
  t.is(units.length, 2);
  for (const unit of units) await runUnit(t, unit);
});

async function runUnit(t: ExecutionContext, unit: string): Promise<void> {
  const {rig, leave, type, port} = await openTerminal(t, {
    '/srv/app/server': 'server',
    '/usr/local/bin': 'bin',
  });
  writeFileSync(rig.path('server'), '#!/bin/sh\nexec sleep 1000\n', {mode: 0o755});
  const command = (key: string) =>
    (new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1] ?? '').replaceAll('/run/app/control', rig.control);
  const ssd = leave(command('ExecStart').replace('--port=80 ', `--port=${port} `));
  await ssd.line(/generation 1 is ready/);
  t.is((await type(command('ExecReload'))).code, 0);
  ssd.kill('SIGTERM');
  t.is((await ssd.exit()).code, 0);
}

test('what a container is given runs its server', async t => {
  const lines = display('ssd.8', 'EXAMPLES', 'ENTRYPOINT');
  const words = ['ENTRYPOINT', 'CMD'].flatMap(key =>
    JSON.parse(new RegExp(`^${key} (.*)$`, 'm').exec(lines)?.[1] ?? ''),
  );
  const {rig, leave, type} = await openTerminal(t);
  writeFileSync(rig.path('server.js'), 'setInterval(() => {}, 1000);');
  const ssd = leave(words.join(' '));
  await ssd.line(/generation 1 is ready/);
  t.is((await type('ssctl restart')).code, 0);
});

test('a worker gets the limit of open files that the line of sh sets', async t => {
  const {rig, leave} = await openTerminal(t);
  writeFileSync(rig.path('server'), '#!/bin/sh\necho "limit $(ulimit -S -n)" >&2\nexec sleep 1000\n', {
    mode: 0o755,
  });
  const ssd = leave(display('ssd.8', 'CAVEATS', 'ulimit').trim());
  const [, set] = /-n (\d+)/.exec(display('ssd.8', 'CAVEATS', 'ulimit')) ?? [];
  t.is(await ssd.line(/^limit/), `limit ${set}`);
  ssd.kill('SIGTERM');
  t.is((await ssd.exit()).code, 0);
});

test('the configuration file and the lines of the log are what ssd reads and writes', async t => {
  const {rig, leave, port} = await openTerminal(t);
  const config = display('ssd.8', 'OPTIONS', '"program"');
  writeFileSync(rig.path('server.js'), 'setInterval(() => {}, 1000);');
  writeFileSync(rig.path('config.json'), config.replaceAll('8080', `${port}`));
  const ssd = leave('ssd --config=config.json --workers=1 --ready=interval --interval=0.1 --log-format=json');
  const line = await ssd.line(/"event":"spawned"/);
  const printed = display('ssd.8', 'LOG FORMAT', '"event"').replaceAll(/\n /g, '');
  const shape = (text: string) => Object.entries(JSON.parse(text)).map(([key, value]) => [key, typeof value]);
  t.deepEqual(shape(line), shape(printed));
  const text = display('ssd.8', 'LOG FORMAT', 'Z ssd[');
  t.is(alike(JSON.parse(line).text), alike(text.replace(/^.*\]: /, '')));
});
