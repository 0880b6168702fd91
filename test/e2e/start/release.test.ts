import {copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {needs} from '../../helpers/programs.js';
import {createRig, type Finished, type Rig, ROOT} from '../../helpers/rig.js';

const test = needs('git');

const CHANGELOG = `# Changelog

## [Unreleased]

### Added

- A thing.

## [0.1.0] - 2026-11-22

- The first.
`;

type Project = {
  readonly release: (...args: readonly string[]) => Promise<Finished>;
  readonly git: (...args: readonly string[]) => Promise<string>;
  readonly read: (file: string) => string;
  readonly write: (file: string, text: string) => void;
};

/** A repository with one commit on main, of version 0.1.0. */
async function createProject(t: ExecutionContext): Promise<Project> {
  const rig = await createRig(t);
  const path = (file: string) => join(rig.path('project'), file);
  mkdirSync(path('scripts'), {recursive: true});
  copyFileSync(join(ROOT, 'scripts/release.mjs'), path('scripts/release.mjs'));
  const write = (file: string, text: string) => writeFileSync(path(file), text);
  const asJson = (content: object) => `${JSON.stringify(content, null, 2)}\n`;
  const named = {name: 'thing', version: '0.1.0'};
  write('package.json', asJson({...named, license: 'MIT'}));
  write(
    'package-lock.json',
    asJson({...named, lockfileVersion: 3, packages: {'': {...named, license: 'MIT'}}}),
  );
  write('CHANGELOG.md', CHANGELOG);
  const git = (...args: readonly string[]) => runGit(rig, path('.'), args);
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '.');
  await git('commit', '--quiet', '--message', 'Begin');
  const release = (...args: readonly string[]) =>
    rig.run([process.execPath, 'scripts/release.mjs', '--skip-tests', ...args], {
      cwd: path('.'),
      env: GIT_ENV,
    });
  return {release, git, read: file => readFileSync(path(file), 'utf8'), write};
}

/** git need not know the person who runs the tests, and must not ask them for a key. */
const GIT_ENV = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'Tester',
  GIT_AUTHOR_EMAIL: 'tester@example.org',
  GIT_COMMITTER_NAME: 'Tester',
  GIT_COMMITTER_EMAIL: 'tester@example.org',
};

async function runGit(rig: Rig, cwd: string, args: readonly string[]): Promise<string> {
  const {code, stdout, stderr} = await rig.run(['git', ...args], {cwd, env: GIT_ENV});
  if (code !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

test('a release is a version, a dated heading in the changelog, one commit and one tag', async t => {
  const {release, git, read} = await createProject(t);
  const {code, stderr} = await release('minor');
  t.is(code, 0, stderr);
  t.is(JSON.parse(read('package.json')).version, '0.2.0');
  const lock = JSON.parse(read('package-lock.json'));
  t.deepEqual([lock.version, lock.packages[''].version], ['0.2.0', '0.2.0']);
  const dated = read('CHANGELOG.md').replace(/(\[0\.2\.0\]) - \d{4}-\d{2}-\d{2}\n/, '$1 - DATE\n');
  t.is(dated, CHANGELOG.replace('## [Unreleased]\n', '## [Unreleased]\n\n## [0.2.0] - DATE\n'));
  t.is(await git('status', '--porcelain'), '');
  t.is(await git('log', '--format=%s'), 'Release 0.2.0\nBegin');
  t.is(await git('describe', '--exact-match'), 'v0.2.0');
});

test('--dry-run says what a release would do, and changes nothing', async t => {
  const {release, git, read} = await createProject(t);
  const {code, stdout} = await release('--dry-run', '1.2.3');
  t.is(code, 0);
  t.regex(stdout, /would release 1\.2\.3, after 0\.1\.0/);
  t.is(read('CHANGELOG.md'), CHANGELOG);
  t.deepEqual([await git('status', '--porcelain'), await git('tag')], ['', '']);
  t.is(await git('log', '--format=%s'), 'Begin');
});

test('a release is refused off main, with changes, without notes, and for a version that is not higher', async t => {
  const {release, git, write} = await createProject(t);
  const refused = async (wish: string, pattern: RegExp) => {
    const {code, stderr} = await release(wish);
    t.is(code, 1);
    t.regex(stderr, pattern);
  };
  await refused('0.1.0', /^release: 0\.1\.0: the version must be higher than 0\.1\.0\n$/);
  await refused('0.0.9', /must be higher/);
  for (const wish of ['01.2.3', '1.02.3', '1.2.03', '1.2.99999999999999999999', 'v1.2.3', '1.2.3\n', ''])
    await refused(wish, /expected major, minor, patch/);
  await refused('two', /expected major, minor, patch/);
  await git('tag', 'v0.1.1');
  await refused('patch', /there is a tag v0\.1\.1 already/);
  await git('switch', '--quiet', '--create', 'other');
  await refused('minor', /the branch is other/);
  await git('switch', '--quiet', 'main');
  write('new', '');
  await refused('minor', /not clean:\n\?\? new/);
  write('CHANGELOG.md', CHANGELOG.replace('### Added\n\n- A thing.\n', ''));
  await refused('minor', /says nothing under \[Unreleased\]/);
  t.is(await git('log', '--format=%s'), 'Begin');
});

test('in a clone of this repository, a release runs the tests first, changes versions and one heading, and pushes nothing', async t => {
  t.timeout(120_000);
  const rig = await createRig(t);
  const clone = rig.path('clone');
  const git = (...args: readonly string[]) => runGit(rig, clone, args);
  await runGit(rig, rig.directory, ['clone', '--quiet', '--depth=1', `file://${ROOT}`, clone]);
  await git('switch', '--quiet', '--force-create', 'main');
  const changelog = join(clone, 'CHANGELOG.md');
  const noted = readFileSync(changelog, 'utf8').replace('## [Unreleased]\n', '$&\n- A thing.\n');
  writeFileSync(changelog, noted);
  await git('commit', '--quiet', '--all', '--message', 'Do a thing');
  mkdirSync(rig.path('bin'));
  const release = (tests: string) => {
    // In the place of the real one, whose tests take minutes.
    writeFileSync(rig.path('bin/npm'), `#!/bin/sh\necho "$@" >>'${rig.path('asked')}'\n${tests}\n`, {
      mode: 0o755,
    });
    const env = {...GIT_ENV, PATH: `${rig.path('bin')}:${process.env.PATH}`};
    return rig.run([process.execPath, 'scripts/release.mjs', 'major'], {cwd: clone, env});
  };

  const failed = await release('exit 1');
  t.deepEqual([failed.code, failed.stderr], [1, 'release: the tests fail\n']);
  const littered = await release('touch litter');
  t.regex(littered.stderr, /^release: the work tree is not clean:\n\?\? litter\n$/);
  t.is(await git('log', '-1', '--format=%s'), 'Do a thing');
  rmSync(join(clone, 'litter'));

  const {code, stdout, stderr} = await release('exit 0');
  t.is(code, 0, stderr);
  t.is(readFileSync(rig.path('asked'), 'utf8'), 'test\n'.repeat(3));
  const [, version = ''] = /^released (\S+):/.exec(stdout) ?? [];
  const changed = '2\t0\tCHANGELOG.md\n2\t2\tpackage-lock.json\n1\t1\tpackage.json';
  t.is(await git('show', '--numstat', '--format='), changed);
  t.is(await git('describe', '--exact-match'), `v${version}`);
  t.is(await git('ls-remote', '--tags', 'origin', `v${version}`), '');
});
