import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import test from 'ava';
import {createRig, ROOT} from '../../helpers/rig.js';

test('the package has both programs, their manual pages and what its source maps name, and leaves nothing of them', async t => {
  t.timeout(180_000);
  const rig = await createRig(t);
  const {version} = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const inRoot = {cwd: ROOT};
  // Without scripts: `prepare` would overwrite the files that other tests run.
  const packed = await rig.run(
    ['npm', 'pack', '--silent', '--ignore-scripts', `--pack-destination=${rig.directory}`],
    inRoot,
  );
  t.deepEqual({code: packed.code, stderr: packed.stderr}, {code: 0, stderr: ''});

  const tarball = rig.path(packed.stdout.trim());
  const prefix = rig.path('prefix');
  const install = [
    'npm',
    'install',
    '--global',
    '--ignore-scripts',
    `--prefix=${prefix}`,
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
  ];
  // The registry may be known by a certificate of its own.
  const env = {NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS};
  const installed = await rig.run([...install, tarball], {patienceMs: 120_000, env});
  t.deepEqual({code: installed.code, stderr: installed.stderr}, {code: 0, stderr: ''});

  for (const program of ['ssd', 'ssctl']) {
    const {code, stdout} = await rig.run([join(prefix, 'bin', program), '--version']);
    t.deepEqual({code, stdout}, {code: 0, stdout: `${version}\n`});
  }
  const kept = readdirSync(join(prefix, 'lib/node_modules/ssd-superdaemon/dist/cache'));
  t.deepEqual(kept.map(file => file.split('-')[0]).sort(), ['ssctl', 'ssctl', 'ssd', 'ssd']);
  for (const page of ['man8/ssd.8', 'man8/ssctl.8', 'man7/ssd-control.7']) {
    t.true(existsSync(join(prefix, 'share/man', page)), page);
  }
  const files = await rig.run(['tar', 'tf', tarball]);
  t.notRegex(files.stdout, /dist\/test|\.tsbuildinfo/);
  t.deepEqual(pageIn(join(prefix, 'lib/node_modules/ssd-superdaemon')), pageIn(ROOT));
  t.deepEqual(missingSources(join(prefix, 'lib/node_modules/ssd-superdaemon')), []);

  const uninstall = /^npm uninstall .*$/m.exec(readFileSync(join(ROOT, 'docs/questions.md'), 'utf8'))?.[0];
  const gone = await rig.run([...(uninstall?.split(' ') ?? []), `--prefix=${prefix}`], {env});
  t.is(gone.code, 0, gone.stderr);
  const left = readdirSync(prefix, {recursive: true, encoding: 'utf8'});
  t.deepEqual(
    left.filter(file => /ssd|ssctl/.test(file)),
    [],
  );
});

/** The files of the page of `--http`. */
function pageIn(directory: string): readonly string[] {
  const folder = join(directory, 'dist/bundle/lib/page');
  return readdirSync(folder, {recursive: true, encoding: 'utf8'}).sort();
}

type SourceMap = {
  readonly sourceRoot?: string;
  readonly sources: readonly string[];
  readonly sourcesContent?: readonly (string | null)[];
};

/** The sources that a source map in this directory names, and that are neither in it nor a file of it. */
function missingSources(directory: string): string[] {
  const maps = readdirSync(directory, {recursive: true, encoding: 'utf8'}).filter(
    file => file.startsWith('dist/') && file.endsWith('.map'),
  );
  const missing = maps.flatMap(file => {
    const map = join(directory, file);
    const {sourceRoot = '', sources, sourcesContent = []}: SourceMap = JSON.parse(readFileSync(map, 'utf8'));
    const isMissing = (source: string, index: number) =>
      typeof sourcesContent[index] !== 'string' && !existsSync(join(dirname(map), sourceRoot, source));
    return sources.filter(isMissing).map(source => `${file} names ${source}`);
  });
  return maps.length > 0 ? missing : ['there is no source map'];
}

test('npm finds no script of a dependency that nobody has decided about', async t => {
  const rig = await createRig(t);
  const {code, stdout, stderr} = await rig.run(['npm', 'install-scripts', 'ls'], {cwd: ROOT});
  // npm 10 has no such command, and does not ask.
  const isUnknown = /Unknown command/.test(stdout + stderr);
  t.true(isUnknown || code === 0, stderr);
  if (!isUnknown) t.regex(stdout, /^No packages with unreviewed install scripts/);
});
