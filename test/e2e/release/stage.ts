/** Releases for a test: directories with a server in each, and the link that a deployer switches. */
import {chmodSync, mkdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {type Rig, type Running, SERVER} from '../../helpers/rig.js';

export type Releases = {
  /** What `--release` gets. */
  readonly link: string;
  /** Puts a release in place. @returns its real directory */
  readonly put: (name: string, script?: string) => string;
  /** Switches the link, as deployers do: at no time it is missing. */
  readonly switchTo: (name: string) => void;
  readonly remove: (name: string) => void;
  /** Starts ssd with `--release` and the server of the release. */
  readonly ssd: (args?: readonly string[]) => Running;
};

/** A release whose server ends at once. */
export const BROKEN = 'exit 3';

export function releasesIn(rig: Rig): Releases {
  const link = rig.path('current');
  const place = (name: string) => rig.path(join('releases', name));
  return {
    link,
    put: (name, script = `exec ${SERVER.join(' ')}`) => {
      mkdirSync(place(name), {recursive: true});
      writeFileSync(join(place(name), 'server'), `#!/bin/sh\n${script}\n`);
      chmodSync(join(place(name), 'server'), 0o755);
      return realpathSync(place(name));
    },
    switchTo: name => {
      symlinkSync(join('releases', name), `${link}.new`);
      renameSync(`${link}.new`, link);
    },
    remove: name => rmSync(place(name), {recursive: true}),
    ssd: (args = []) =>
      rig.ssd([`--release=${link}`, '--port=127.0.0.1:0', '--interval=0.1', ...args], ['./server']),
  };
}

/** The release `good`, to which the link points, and the release `broken`. @param script what the good one runs */
export function goodAndBroken(rig: Rig, script?: string): Releases & {readonly good: string} {
  const releases = releasesIn(rig);
  const good = releases.put('good', script);
  releases.put('broken', BROKEN);
  releases.switchTo('good');
  return {...releases, good};
}

/** A check that takes long on a busy machine is not to fail for that. */
export const PATIENT = '--bake-timeout=60';

/** A check that fails while a file is there, says why, and tells what it was given. */
export const checkOf = (rig: Rig) =>
  `--bake-check=exec=echo "$SSD_WORKER_PID $SSD_GENERATION $SSD_OLD_GENERATION $SERVER_STARTER_GENERATION" >>${rig.path('checks')}; if [ -e ${rig.path('bad')} ]; then echo no answer from /health; date +%s%3N >${rig.path('ended')}; exit 7; fi`;
