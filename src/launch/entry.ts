/**
 * The start of `bin/ssd.cjs` and `bin/ssctl.cjs`, after `launcher.sh`. It refuses an old Node. `scripts/bundle.mjs` writes
 * it in the JavaScript of 2015, because an old Node must be able to parse the whole file, and it loads only `fs` before that.
 */
import {describeOldNode} from '../shared/words/starts/launching.js';
import {complain} from './complain.js';

/** `scripts/bundle.mjs` replaces these: the name of the program, and the version in "engines" of package.json. */
declare const PROGRAM: string;
declare const NEEDS: string;

function isOlder(version: string, needed: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [neededMajor = 0, neededMinor = 0] = needed.split('.').map(Number);
  return major < neededMajor || (major === neededMajor && minor < neededMinor);
}

if (isOlder(process.versions.node, NEEDS)) {
  complain(describeOldNode(PROGRAM, NEEDS, process.version));
  process.exitCode = 1;
} else {
  import('./launch.js').then(({launch}) => launch());
}
