/** The examples of ssctl(8), run as they are printed. Releases are programs in a directory of the test. */
import {mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import test from 'ava';
import {needs} from '../helpers/programs.js';
import {INSTALLED} from '../helpers/rig.js';
import {display, text} from './page.js';
import {alike, openTerminal, steps, type Terminal} from './session.js';

const example = (contains: string) => display('ssctl.8', 'EXAMPLES', contains);

/** Where the manual has its releases, and where the test has them. */
const PLACES = {'/srv/app': 'app', '/var/log/app.log': 'app.log'};

/** The command line of ssd in the text. */
const [, commandLine = ''] = /^\.Ql (ssd --name=app [^\n]*) \.$/m.exec(text('ssctl.8', 'EXAMPLES')) ?? [];

test('the deploy script takes a good release, refuses a broken one, and the status shows it', async t => {
  const terminal = await openTerminal(t, PLACES);
  const {rig, leave, type} = terminal;
  layReleases(terminal);
  const script = example('# deploy VERSION').replaceAll('/srv/app', rig.path('app'));
  writeFileSync(rig.path('deploy'), script, {mode: 0o755});
  // No time decides what is ready: a busy machine may take longer than the interval to run a release that fails.
  const ssd = leave(commandLine.replace(' -- ', ' --ready=fd -- '));
  await ssd.line(/generation 1 is ready/);

  let last = '';
  for (const {command, printed} of steps(example('$ ./deploy v2'))) {
    // Each line is a shell of its own here: what the one before has returned is told to it.
    const {code, stdout} = await type(`(exit ${last || 0})\n${command}`);
    t.is(withoutProgress(stdout), alike(printed), command);
    last = `${code}`;
  }
  const [{command = '', printed = ''} = {}] = steps(example('$ ssctl -n app status'));
  const {stdout} = await type(command);
  t.is(alike(stdout, rig.path('app')), alike(printed, '/srv/app'));
});

test('the service is awaited at its start and its stop', async t => {
  const terminal = await openTerminal(t, PLACES);
  layReleases(terminal);
  const lines = example('wait ready')
    .split('\n')
    .filter(line => line !== '' && line !== '...');
  t.is(lines.length, 3);
  for (const line of lines) {
    const {code, stdout} = await terminal.type(line);
    t.is(code, 0, `${line}: ${stdout}`);
  }
});

test('a listener is added by other options, and the workers get it with the restart', async t => {
  const terminal = await openTerminal(t, {...PLACES, '/run/app.sock': 'app.sock'});
  const {rig, leave, type} = terminal;
  layReleases(terminal);
  const ssd = leave(commandLine.replace(' -- ', ' --interval=0.1 -- '));
  await ssd.line(/generation 1 is ready/);
  for (const {command, printed} of steps(example('$ ssctl -n app reexec'))) {
    const {code, stdout} = await type(command.replace('reexec -- ', `reexec -- --control=${rig.control} `));
    t.is(code, 0, stdout);
    t.is(withoutProgress(stdout.replace(`-s ${rig.control}`, '-n app')), alike(printed), command);
  }
});

test('the log file is opened again', async t => {
  const {rig, leave, type} = await openTerminal(t, PLACES);
  const ssd = leave('ssd --name=app --log-file=/var/log/app.log --interval=0.1 -- sleep 1000');
  t.is((await type('ssctl -n app wait ready')).code, 0);
  renameSync(rig.path('app.log'), rig.path('app.log.1'));
  const [, script = ''] = /postrotate\n(.*)endscript/s.exec(example('postrotate')) ?? [];
  t.is((await type(script)).code, 0);
  t.is((await type('ssctl restart')).code, 0);
  t.regex(readFileSync(rig.path('app.log'), 'utf8'), /generation 2 is ready/);
  ssd.kill('SIGTERM');
  await ssd.exit();
});

needs('bash', 'fish')('completion is set up in bash and fish', async t => {
  const {type} = await openTerminal(t);
  const [bash = '', fish = ''] = example('ssctl completion bash').split('\n');
  const quoted = (line: string) => `'${line.replaceAll("'", "'\\''")}'`;
  const installed = `PATH=${dirname(INSTALLED.ssctl)}:$PATH`;
  const inBash = await type(`${installed} bash -c ${quoted(`${bash}; complete -p ssctl`)}`);
  t.regex(inBash.stdout, / ssctl$/m);
  const inFish = await type(`${installed} fish -c ${quoted(`${fish}; complete -C "ssctl resta"`)}`);
  t.regex(inFish.stdout, /^restart\b/m);
});

needs('jq')('jq prints the PIDs of the workers that serve', async t => {
  const {leave, type} = await openTerminal(t);
  const ssd = leave('ssd --workers=2 --interval=0.1 -- sleep 1000');
  await ssd.line(/generation 1 is ready/);
  const {stdout} = await type(example('| jq'));
  const status = JSON.parse((await type('ssctl --json status')).stdout);
  const pids = status.generations[0].workers.map(({pid}: {pid: number}) => pid);
  t.deepEqual(stdout.trim().split('\n').map(Number), pids);
});

test('the results of --json are those of the page', async t => {
  const {leave, type} = await openTerminal(t);
  const ssd = leave('ssd --name=app --interval=0.1 -- sleep 1000');
  await ssd.line(/generation 1 is ready/);
  const shapes = (json: string) =>
    Object.entries(JSON.parse(json)).map(([key, value]) => [key, typeof value]);
  const commands = ['restart --no-wait', 'wait ready', 'drain', 'stop', 'wait gone'];
  for (const command of commands) {
    const printed = resultOf(command);
    const {stdout} = await type(`ssctl --json ${command}`);
    t.deepEqual(shapes(stdout), shapes(printed), command);
  }
  t.is(commands.length, (text('ssctl.8', 'OPTIONS').match(/^\.Ql \{"(?!instances|hosts)/gm) ?? []).length);
});

/** What the page has for `--json` with a command. */
function resultOf(command: string): string {
  const items = text('ssctl.8', 'OPTIONS').split(/^\.It /m);
  const item = items.find(part => part.includes('{"') && plain(part.split('\n')[0] ?? '') === command) ?? '';
  return /^\.Ql (\{".*?\})/m.exec(item)?.[1] ?? '{}';
}

const plain = (item: string) =>
  item
    .replaceAll(/\b(Cm|Fl|Ar) /g, '')
    .replaceAll(' -no-wait', ' --no-wait')
    .trim();

/** A good release, another, and one that is broken as in the manual; the first one is current. */
function layReleases({rig}: Terminal): void {
  const good = '#!/bin/sh\n[ -z "$SSD_READY_FD" ] || echo >&"$SSD_READY_FD"\nexec sleep 1000\n';
  const releases = {
    v1: good,
    v2: good,
    v3: "#!/bin/sh\necho 'config.json: no such key: listen' >&2\nexit 3\n",
  };
  for (const [name, program] of Object.entries(releases)) {
    mkdirSync(rig.path(`app/releases/${name}`), {recursive: true});
    writeFileSync(rig.path(`app/releases/${name}/server`), program, {mode: 0o755});
  }
  symlinkSync('releases/v1', rig.path('app/current'));
}

/** The page shows what a terminal has in the end, on which the progress is removed. */
function withoutProgress(stdout: string): string {
  const isProgress = /^(generation \d+ spawned|generation \d+ is ready|sending|generation \d+, pid|worker)/;
  return alike(
    stdout
      .split('\n')
      .filter(line => !isProgress.test(line))
      .join('\n'),
  );
}
