/**
 * Makes a Debian package of this checkout, which is built. It needs dpkg-deb, xz and gzip, and no network.
 *
 *     npm run package:deb                            builds, and writes dist/ssd-superdaemon_VERSION_ARCHITECTURE.deb
 *     npm run package:deb -- --architecture=arm64    for another machine: `npm ci --cpu=arm64` brings its binary of koffi
 *     npm run package:deb -- --to=DIRECTORY
 *
 * The same checkout gives the same bytes. What would differ is fixed: the times, which are those of SOURCE_DATE_EPOCH, or of
 * the last commit without it; the owner, which is root; the modes, whatever the umask is; and the order, which dpkg-deb fixes.
 */
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {controlFile} from './debian/control.mjs';
import {layOut} from './debian/lay-out.mjs';
import {Refusal} from './debian/refusal.mjs';
import {versionOf} from './debian/version.mjs';

const SCRIPTS = ['postinst', 'prerm', 'postrm'];
/** Debian's names for the architectures, and Node's. */
const ARCHITECTURES = {
  amd64: 'x64',
  arm64: 'arm64',
  riscv64: 'riscv64',
  ppc64el: 'ppc64',
};

function packageDeb() {
  const {to, architecture = ownArchitecture()} = readArguments();
  const cpu = ARCHITECTURES[architecture];
  if (!cpu) throw new Refusal(`${architecture} is none of ${Object.keys(ARCHITECTURES).join(', ')}`);
  const epoch = sourceDate();
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  const version = versionOf(manifest.version, readFileSync('CHANGELOG.md', 'utf8'), epoch);
  const stage = mkdtempSync(join(tmpdir(), 'ssd-deb-'));
  try {
    const root = join(stage, 'root');
    layOut(root, {manifest, version, cpu, epoch});
    writeControl(root, {manifest, version, architecture, cpu});
    tidy(root, epoch);
    mkdirSync(to, {recursive: true});
    const target = join(to, `${manifest.name}_${version}_${architecture}.deb`);
    // One thread: with more of them, xz cuts the data into blocks as the memory of the machine allows.
    const options = ['--root-owner-group', '-Zxz', '--threads-max=1'];
    execFileSync('dpkg-deb', [...options, '--build', root, target], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {...process.env, SOURCE_DATE_EPOCH: String(epoch)},
    });
    process.stdout.write(`${target}\n`);
  } finally {
    rmSync(stage, {recursive: true, force: true});
  }
}

function readArguments() {
  try {
    const options = {to: {type: 'string', default: 'dist'}, architecture: {type: 'string'}};
    return parseArgs({options}).values;
  } catch (error) {
    throw new Refusal(error.message);
  }
}

function ownArchitecture() {
  const [known] = Object.entries(ARCHITECTURES).find(([, cpu]) => cpu === process.arch) ?? [process.arch];
  return known;
}

/** In seconds. */
function sourceDate() {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given !== undefined) {
    if (/^\d{1,10}$/.test(given)) return Number(given);
    throw new Refusal(`SOURCE_DATE_EPOCH is ${JSON.stringify(given)}, and is a number of seconds`);
  }
  try {
    const stdio = ['ignore', 'pipe', 'ignore'];
    return Number(execFileSync('git', ['log', '-1', '--format=%ct'], {encoding: 'utf8', stdio}));
  } catch {
    throw new Refusal('there is no commit here that has a date: set SOURCE_DATE_EPOCH');
  }
}

/** @param root what is installed; it gets the directory DEBIAN */
function writeControl(root, {manifest, version, architecture, cpu}) {
  const files = filesIn(root);
  const place = join(root, 'DEBIAN');
  mkdirSync(place);
  const sums = files.filter(file => lstatSync(join(root, file)).isFile()).map(file => sumOf(root, file));
  writeFileSync(join(place, 'md5sums'), sums.join(''));
  writeFileSync(
    join(place, 'control'),
    controlFile({manifest, version, architecture, cpu, kilobytes: sizeOf(root, files), root}),
  );
  for (const name of SCRIPTS) {
    writeFileSync(join(place, name), readFileSync(join(import.meta.dirname, 'debian', name)));
    chmodSync(join(place, name), 0o755);
  }
}

function sumOf(root, file) {
  const sum = createHash('md5')
    .update(readFileSync(join(root, file)))
    .digest('hex');
  return `${sum}  ${file}\n`;
}

/** As Policy has it: each file in whole kilobytes, and one for anything else. */
function sizeOf(root, files) {
  return files.reduce((sum, file) => {
    const stats = lstatSync(join(root, file));
    return sum + (stats.isFile() ? Math.ceil(stats.size / 1024) : 1);
  }, 0);
}

/**
 * Gives everything the mode and the time of a package: 0755 for directories and what can be run, 0644 for the rest. koffi's
 * binary for arm64 comes as if it could be run.
 */
function tidy(root, epoch) {
  for (const file of ['.', ...filesIn(root)]) {
    const path = join(root, file);
    const stats = lstatSync(path);
    const isRun = stats.mode & 0o100 && !file.endsWith('.node');
    if (!stats.isSymbolicLink()) chmodSync(path, isRun ? 0o755 : 0o644);
    lutimesSync(path, epoch, epoch);
  }
}

function filesIn(root) {
  return readdirSync(root, {recursive: true, encoding: 'utf8'}).sort();
}

try {
  packageDeb();
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`package:deb: ${error.message}\n`);
  process.exitCode = 1;
}
