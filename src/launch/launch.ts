/**
 * Runs the program of this name. It comes in two parts (`scripts/parts.mjs`). The first one runs at once. It asks for modules
 * of the later one, and the later one for modules of the first, by the same `require` that both have for packages.
 */
import {statSync} from 'node:fs';
import {describeNativeModule} from '../shared/words/starts/launching.js';
import {complain} from './complain.js';
import {type Part, placeOf, runPart} from './run-part.js';

/** `scripts/bundle.mjs` replaces it: the name of the program. */
declare const PROGRAM: string;

/** The `require` of the CommonJS bundle. `createRequire` would first load Node modules for half a millisecond. */
declare const require: NodeJS.Require;

const FIRST = PROGRAM;
const LATER = `${PROGRAM}-later`;
const NATIVE = 'koffi';

export function launch(): void {
  const known = new Map<string, unknown>();
  let later: Part | undefined;
  const load = (name: string): unknown => {
    const [, part, path] = /^(first|later):(.*)$/.exec(name) || [];
    if (part === undefined || path === undefined) return loadPackage(name);
    if (!known.has(name)) known.set(name, moduleOf(part === 'first' ? first : loadLater(), path));
    return known.get(name);
  };
  const loadLater = () => {
    if (!later) {
      later = runPart(LATER, load);
      if (later.pair !== first.pair) throw new Error('the program was replaced while it started');
      if (first.isKept && !later.isKept) keep([LATER]);
    }
    return later;
  };
  const first = runPart(FIRST, load);
  if (!first.isKept) keep([FIRST, LATER]);
}

function moduleOf({modules}: Part, path: string): unknown {
  const loadModule = modules[path];
  if (!loadModule) throw new Error(`there is no module ${path}`);
  return loadModule();
}

/** Keeps the code of these parts for the next run. This run goes on first. */
function keep(parts: readonly string[]): void {
  setImmediate(() => {
    import('./keep-code.js').then(({keepCode}) => {
      for (const part of parts) keepCode(placeOf(part));
    });
  });
}

/** Reports a native module that cannot be loaded, and exits. */
function loadPackage(name: string): unknown {
  try {
    // Node follows no link to a package while the last file that anybody has looked at is a pipe or a socket, as standard error
    // may be (https://github.com/nodejs/node/issues/51142). pnpm puts packages behind links.
    if (name === NATIVE) statSync('/');
    return require(name);
  } catch (error) {
    if (name !== NATIVE) throw error;
    const cause = error instanceof Error ? error.message : String(error);
    complain(describeNativeModule(PROGRAM, NATIVE, cause));
    process.exit(1);
  }
}
