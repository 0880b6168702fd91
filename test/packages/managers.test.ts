/**
 * Global installations by npm's rivals, which `managers.sh` has put where SSD_MANAGERS says, with the commands that
 * docs/questions.md prints. Each links the programs in its own way: pnpm by a script of sh, yarn by a link to a link, bun by a
 * link; pnpm has the packages behind links as well. pnpm and bun do not run the script of koffi. Either way an upgrade takes
 * effect with `ssctl reexec`, and the compiled code is kept in the package.
 */
import {copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {startTraffic} from '../helpers/clients/traffic.js';
import {createRig, type Rig, ROOT} from '../helpers/rig.js';
import {HELLO} from '../helpers/servers.js';
import {freePort} from '../helpers/sockets.js';
import {LATER, laterCheckout} from './deb.js';

const PATIENCE_MS = 120_000;
const managers = process.env.SSD_MANAGERS ?? '';
/** The registry may be known by a certificate of its own. */
const CERTIFICATES = {NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS};

const questions = readFileSync(join(ROOT, 'docs/questions.md'), 'utf8');

type Manager = {
  readonly name: string;
  /** Where it is told to put things. The programs are then in `bin` below it. */
  readonly env?: (place: string) => Readonly<Record<string, string>>;
  /** What tells it that where no variable does. */
  readonly options?: (place: string) => string;
};

const PNPM: Manager = {
  name: 'pnpm',
  env: place => ({PNPM_HOME: place, PATH: `${place}/bin:${process.env.PATH}`}),
};
const YARN: Manager = {
  name: 'yarn',
  options: place => `--prefix=${place} --global-folder=${place}/global`,
};
const BUN: Manager = {name: 'bun', env: place => ({BUN_INSTALL: place})};

/** What the page prints for it. */
function commandOf(name: string): string {
  const [command] = new RegExp(`^${name} (global )?add .*$`, 'm').exec(questions) ?? [];
  if (command === undefined) throw new Error(`docs/questions.md has no command of ${name}`);
  return command;
}

/** Packs a checkout in a directory of its own. */
async function packed(rig: Rig, name: string, cwd: string): Promise<string> {
  mkdirSync(rig.path(name));
  await run(rig, ['npm', 'pack', '--silent', '--ignore-scripts', `--pack-destination=${rig.path(name)}`], {
    cwd,
  });
  return rig.path(name);
}

/** @throws what the command says if it fails */
async function run(rig: Rig, command: readonly string[], options: object = {}): Promise<string> {
  const {code, stdout, stderr} = await rig.run(command, {
    env: CERTIFICATES,
    patienceMs: PATIENCE_MS,
    ...options,
  });
  if (code !== 0) throw new Error(`${command.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

function withManagers(title: string, implementation: (t: ExecutionContext) => Promise<void>): void {
  if (managers === '') {
    test.skip(`${title} (SSD_MANAGERS names no place where it is)`, () => {});
    return;
  }
  test.serial(title, async t => {
    t.timeout(300_000);
    await implementation(t);
  });
}

/** A home directory with the settings of the person who runs the tests, such as another registry. */
function makeHome(rig: Rig): string {
  const home = rig.path('home');
  mkdirSync(home);
  if (existsSync(join(homedir(), '.npmrc'))) copyFileSync(join(homedir(), '.npmrc'), join(home, '.npmrc'));
  return home;
}

async function upgrade(t: ExecutionContext, {name, env, options}: Manager): Promise<void> {
  const rig = await createRig(t);
  const first = await packed(rig, 'first', ROOT);
  const later = await packed(rig, 'later', laterCheckout());
  const place = rig.path('place');
  const home = makeHome(rig);
  const {PATH, ...others} = {PATH: process.env.PATH, ...env?.(place)};
  const install = (cwd: string) =>
    run(rig, ['sh', '-c', `${commandOf(name)} ${options?.(place) ?? ''}`], {
      cwd,
      env: {...CERTIFICATES, HOME: home, PATH: `${managers}/node_modules/.bin:${PATH}`, ...others},
    });
  await install(first);
  const program = (wanted: string) => join(place, 'bin', wanted);
  const ssctl = (...args: readonly string[]) => run(rig, [program('ssctl'), '-s', rig.control, ...args]);
  t.not((await run(rig, [program('ssd'), '--version'])).trim(), LATER);

  const port = await freePort();
  const ssd = rig.start([
    program('ssd'),
    `--control=${rig.control}`,
    `--port=${port}`,
    '--ready=fd',
    '--',
    ...HELLO,
  ]);
  await ssd.line(/generation 1 is ready/);
  const traffic = startTraffic(port);
  t.teardown(async () => void (await traffic.stop()));
  await ssctl('restart');
  await traffic.answeredBy(2);
  await install(later);
  t.is((await run(rig, [program('ssctl'), '--version'])).trim(), LATER);
  await ssctl('reexec');
  t.like(JSON.parse(await ssctl('status', '--json')), {version: LATER, pid: ssd.pid});
  await ssctl('restart');
  await traffic.answeredBy(3);
  const report = await traffic.stop();
  t.is(report.failed, 0, report.problems.join('\n'));
  await ssctl('stop');
  t.deepEqual(await ssd.exit(), {code: 0, signal: null}, ssd.stderr());
  const caches = readdirSync(place, {recursive: true, encoding: 'utf8'}).filter(path =>
    path.endsWith('ssd-superdaemon/dist/cache'),
  );
  t.true(caches.length > 0);
}

for (const manager of [PNPM, YARN, BUN])
  withManagers(`${manager.name} installs the programs, and an upgrade by it takes effect with reexec`, t =>
    upgrade(t, manager),
  );

const USE = `import {startServer} from 'ssd-superdaemon';
await startServer({port: '127.0.0.1:0', control: process.argv[2], interval: 0, exec: ['sleep', '1000']});
`;

withManagers('in a project, pnpm has to hear of the script of koffi once, and the library works', async t => {
  const rig = await createRig(t);
  const tarball = `${await packed(rig, 'packed', ROOT)}/*.tgz`;
  mkdirSync(rig.path('project'));
  writeFileSync(rig.path('project/package.json'), '{"private": true, "type": "module"}');
  writeFileSync(rig.path('project/use.js'), USE);
  const env = {
    ...CERTIFICATES,
    HOME: makeHome(rig),
    PATH: `${managers}/node_modules/.bin:${process.env.PATH}`,
  };
  const inProject = (command: string) =>
    rig.run(['sh', '-c', command], {cwd: rig.path('project'), env, patienceMs: PATIENCE_MS});
  const added = await inProject(`pnpm add ${tarball}`);
  t.is(added.code, 1);
  t.regex(added.stdout + added.stderr, /Ignored build scripts: koffi/);
  const [told = ''] = /^pnpm approve-builds .*$/m.exec(questions) ?? [];
  for (const command of [told, 'pnpm install']) {
    const {code, stdout, stderr} = await inProject(command);
    t.is(code, 0, `${command}: ${stdout}${stderr}`);
  }
  const program = rig.start([process.execPath, 'use.js', rig.control], {cwd: rig.path('project')});
  await program.line(/generation 1 is ready/);
  t.is((await rig.ssctl(['stop'])).code, 0);
});
