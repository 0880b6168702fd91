/** The package as npm packs it, for programs that use the library: what checks packages, and what compiles and runs. */
import {mkdirSync, readdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {createRig, type Rig, ROOT} from '../helpers/rig.js';

/** The package in a program's node_modules, with the modules that it needs. */
async function packed(t: ExecutionContext): Promise<{readonly rig: Rig; readonly tarball: string}> {
  const rig = await createRig(t);
  const pack = ['npm', 'pack', '--silent', '--ignore-scripts', `--pack-destination=${rig.directory}`];
  const {stdout} = await rig.run(pack, {cwd: ROOT, patienceMs: 60_000});
  const tarball = rig.path(stdout.trim());
  const own = rig.path('node_modules/ssd-superdaemon');
  mkdirSync(own, {recursive: true});
  t.is((await rig.run(['tar', 'xzf', tarball, '-C', own, '--strip-components=1'])).code, 0);
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (!name.startsWith('.'))
      symlinkSync(join(ROOT, 'node_modules', name), rig.path(join('node_modules', name)));
  return {rig, tarball};
}

const tool = (name: string) => join(ROOT, 'node_modules/.bin', name);

test('publint says only that the programs do not begin with Node: sh runs their first lines', async t => {
  const {rig, tarball} = await packed(t);
  const {stdout} = await rig.run([tool('publint'), 'run', tarball, '--strict'], {patienceMs: 60_000});
  const said = stdout.split('\n').filter(line => /^\d+\. /.test(line));
  t.is(said.length, 2, stdout);
  for (const [at, program] of ['ssd', 'ssctl'].entries())
    t.regex(said[at] ?? '', new RegExp(`pkg\\.bin\\.${program} is .* should start with a shebang`));
});

test('arethetypeswrong finds the right types for each way to load it', async t => {
  t.timeout(180_000);
  const {rig, tarball} = await packed(t);
  const {code, stdout, stderr} = await rig.run([tool('attw'), tarball, '--no-color'], {patienceMs: 120_000});
  t.is(code, 0, stdout + stderr);
  t.regex(stdout, /No problems found/);
});

/** What a program does with the library, once it has it as `ssd`. */
const USE = `
const options: ssd.StartServerOptions = {exec: ['node', 'server.js'], port: 8080};
// @ts-expect-error a command is a list of words
const wrong: ssd.StartServerOptions = {exec: 'node server.js'};
async function main(): Promise<void> {
  const connection: ssd.Connection = await ssd.connect({control: process.argv[2] ?? ''});
  const verdict: ssd.Verdict = await connection.restart({until: 'ready'}, {onEvent: event => event.type});
  if (verdict.verdict === 'failed') console.log(verdict.ending.type, verdict.stderr);
  // @ts-expect-error a failed restart has no pids
  if (verdict.verdict === 'failed') console.log(verdict.pids);
  for await (const event of connection.events({sinceMs: 0})) console.log(event.seq.toFixed());
  console.log(verdict.verdict, ssd.serverPort(80, {env: {SERVER_STARTER_PORT: '80=3'}}), options.port, wrong.exec);
  connection.close();
}
void main();
`;

for (const [what, type, head, compiler] of [
  ['a module', 'module', "import * as ssd from 'ssd-superdaemon';", {module: 'nodenext'}],
  ['CommonJS, by import', 'commonjs', "import * as ssd from 'ssd-superdaemon';", {module: 'node16'}],
  ['CommonJS, by require', 'commonjs', "import ssd = require('ssd-superdaemon');", {module: 'node16'}],
  [
    'CommonJS of a bundler',
    'commonjs',
    "import * as ssd from 'ssd-superdaemon';",
    {module: 'commonjs', moduleResolution: 'bundler'},
  ],
] as const) {
  test(`TypeScript that becomes ${what} compiles with the declarations of the library, and runs`, async t => {
    t.timeout(120_000);
    const {rig} = await packed(t);
    const daemon = rig.ssd(['--interval=0.1']);
    await daemon.line(/generation 1 is ready/);
    const program = rig.path('app');
    mkdirSync(program);
    writeFileSync(join(program, 'package.json'), JSON.stringify({type}));
    writeFileSync(join(program, 'app.ts'), `${head}\n${USE}`);
    const settings = {
      ...compiler,
      target: 'es2022',
      strict: true,
      types: ['node'],
      outDir: 'out',
      rootDir: '.',
    };
    writeFileSync(join(program, 'tsconfig.json'), JSON.stringify({compilerOptions: settings}));
    const compiled = await rig.run([tool('tsc')], {cwd: program, patienceMs: 60_000});
    t.is(compiled.code, 0, compiled.stdout);
    const {stdout, stderr} = await rig.run([process.execPath, join(program, 'out/app.js'), rig.control]);
    t.deepEqual([stdout, stderr], ['completed 3 8080 node server.js\n', '']);
  });
}
