/**
 * Makes a release of `main`: the version, the heading in CHANGELOG.md, one commit, one tag. It publishes nothing.
 *
 *     npm run release -- minor             also: major, patch, or a version such as 1.2.3
 *     npm run release -- minor --dry-run   says what it would do, and changes nothing
 *
 * It checks everything before it writes anything. `--skip-tests` leaves out `npm test`, for the test of this script.
 */
import {execFileSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {parseArgs} from 'node:util';

/** As npm reads it: no zero before a number, and no number that JavaScript does not have exactly. */
const VERSION = /^(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,14})$/;
const UNRELEASED = '## [Unreleased]\n';
const PACKAGE_FILES = ['package.json', 'package-lock.json'];
const CHANGELOG = 'CHANGELOG.md';

class Refusal extends Error {}

function release() {
  const {wish, dryRun, skipTests} = readArguments();
  const {version: current} = readJson('package.json');
  const version = nextVersion(current, wish);
  const changelog = releaseNotes(readFileSync(CHANGELOG, 'utf8'), version, today());
  checkRepository(version);
  if (dryRun) return say(planFor({current, version, skipTests}));
  if (!skipTests) {
    execFileSync('npm', ['test'], {stdio: 'inherit'});
    checkClean();
  }
  for (const file of PACKAGE_FILES) writeFileSync(file, withVersion(readJson(file), version));
  writeFileSync(CHANGELOG, changelog);
  git('commit', '--quiet', '--message', `Release ${version}`, '--', CHANGELOG, ...PACKAGE_FILES);
  git('tag', '--annotate', '--message', `Release ${version}`, tagOf(version));
  return say([
    `released ${version}: one commit and the tag ${tagOf(version)}; nothing was pushed or published`,
  ]);
}

function readArguments() {
  const {values, positionals} = parse();
  const [wish, ...more] = positionals;
  if (wish === undefined || more.length > 0) {
    throw new Refusal('give one of major, minor, patch, or a version such as 1.2.3');
  }
  return {wish, dryRun: values['dry-run'] === true, skipTests: values['skip-tests'] === true};
}

function parse() {
  try {
    const options = {'dry-run': {type: 'boolean'}, 'skip-tests': {type: 'boolean'}};
    return parseArgs({allowPositionals: true, options});
  } catch (error) {
    throw new Refusal(error.message);
  }
}

function nextVersion(current, wish) {
  const [major, minor, patch] = numbersOf(current);
  if (wish === 'major') return `${major + 1}.0.0`;
  if (wish === 'minor') return `${major}.${minor + 1}.0`;
  if (wish === 'patch') return `${major}.${minor}.${patch + 1}`;
  if (!VERSION.test(wish))
    throw new Refusal(`${wish}: expected major, minor, patch, or a version such as 1.2.3`);
  if (!isLater(numbersOf(wish), [major, minor, patch])) {
    throw new Refusal(`${wish}: the version must be higher than ${current}`);
  }
  return wish;
}

function numbersOf(version) {
  return (VERSION.exec(version) ?? []).slice(1).map(Number);
}

function isLater(one, other) {
  const nth = one.findIndex((number, index) => number !== other[index]);
  return nth !== -1 && one[nth] > other[nth];
}

/** The changelog with the unreleased entries under this version. */
function releaseNotes(changelog, version, date) {
  const [head, rest] = changelog.split(UNRELEASED);
  if (rest === undefined) throw new Refusal(`${CHANGELOG} has no heading [Unreleased]`);
  const [unreleased = ''] = rest.split(/^## /m);
  if (unreleased.trim() === '') throw new Refusal(`${CHANGELOG} says nothing under [Unreleased]`);
  return `${head}${UNRELEASED}\n## [${version}] - ${date}\n${rest}`;
}

function checkRepository(version) {
  const branch = git('symbolic-ref', '--short', '--quiet', 'HEAD');
  if (branch !== 'main') throw new Refusal(`the branch is ${branch}, and a release is made on main`);
  checkClean();
  if (git('tag', '--list', tagOf(version)) !== '')
    throw new Refusal(`there is a tag ${tagOf(version)} already`);
  // This fails if git does not know who commits.
  git('var', 'GIT_COMMITTER_IDENT');
}

function checkClean() {
  const changed = git('status', '--porcelain');
  if (changed !== '') throw new Refusal(`the work tree is not clean:\n${changed}`);
}

function planFor({current, version, skipTests}) {
  return [
    `would release ${version}, after ${current}:`,
    ...(skipTests ? [] : ['  run npm test']),
    `  ${CHANGELOG}: [Unreleased] becomes [${version}] - ${today()}`,
    `  ${PACKAGE_FILES.join(', ')}: version ${version}`,
    `  commit "Release ${version}", tag ${tagOf(version)}`,
  ];
}

/** npm writes both files in exactly this form. */
function withVersion(content, version) {
  const own = content.packages?.[''];
  const packages = own && {...content.packages, '': {...own, version}};
  return `${JSON.stringify({...content, version, ...(packages && {packages})}, null, 2)}\n`;
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function tagOf(version) {
  return `v${version}`;
}

function today() {
  return new Date().toISOString().slice(0, 10);
}

function git(...args) {
  try {
    return execFileSync('git', args, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']}).trimEnd();
  } catch (error) {
    throw new Refusal(`git ${args[0]} failed: ${error.stderr?.trim() || error.message}`);
  }
}

function say(lines) {
  process.stdout.write(`${lines.join('\n')}\n`);
}

try {
  release();
} catch (error) {
  // npm test has already printed its own message.
  const isTold = error instanceof Refusal || error.status !== undefined;
  if (!isTold) throw error;
  process.stderr.write(`release: ${error instanceof Refusal ? error.message : 'the tests fail'}\n`);
  process.exitCode = 1;
}
