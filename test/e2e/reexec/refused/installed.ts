/** An ssd that is started from a copy of the package, which the test can break or replace while ssd runs. */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {type RawClient, rawClient, request} from '../../../helpers/clients/raw-client.js';
import {copyPackage} from '../../../helpers/package-copy.js';
import {type Rig, type Running, SERVER, type StartOptions} from '../../../helpers/rig.js';
import {statusOf} from '../stage.js';

/** What other clients have closed is closed in ssd when it has answered so often: it takes a few turns of its event loop. */
const ROUNDS = 8;
const PROGRAM = 'dist/bundle/bin/ssd.cjs';

export type Installed = {
  /** The command by which ssd is started, a link as npm makes it. */
  readonly command: string;
  /** The program of the copy. */
  readonly program: string;
  /** The files of the copy: `dist/bundle/lib/ssd.cjs`. */
  readonly file: (name: string) => string;
  readonly ssd: (args: readonly string[], program?: readonly string[], options?: StartOptions) => Running;
  /** Puts a script in the place of the command, in one step. */
  readonly putScript: (lines: string, mode?: number) => void;
  /** Puts the link there again. */
  readonly putBack: () => void;
};

export function installIn(rig: Rig): Installed {
  const [directory, bin] = [rig.path('package'), rig.path('bin')];
  copyPackage(directory);
  mkdirSync(bin);
  const [command, program] = [join(bin, 'ssd'), join(directory, PROGRAM)];
  const put = (make: (path: string) => void) => {
    make(`${command}.new`);
    renameSync(`${command}.new`, command);
  };
  const putBack = () => put(path => symlinkSync(program, path));
  symlinkSync(process.execPath, join(bin, 'node'));
  putBack();
  return {
    command,
    program,
    file: name => join(directory, name),
    ssd: (args, server = SERVER, options) =>
      rig.start([command, `--control=${rig.control}`, ...args, '--', ...server], options),
    putScript: (lines, mode = 0o755) => put(path => writeFileSync(path, `#!/bin/sh\n${lines}\n`, {mode})),
    putBack,
  };
}

/** A client that stays connected, and what of ssd has to stay as it is. */
export async function watchState(rig: Rig, ssd: Running) {
  const client = rawClient(rig.control);
  await client.next();
  let id = 0;
  const ask = async (method: string) => {
    id += 1;
    client.say(request(id, method));
    return (await client.next()).result;
  };
  return {
    client: client satisfies RawClient,
    state: async () => {
      const {pid, generations, listeners, current} = await statusOf(rig);
      for (let nth = 0; nth < ROUNDS; nth += 1) await ask('status');
      return {
        pid,
        current,
        listeners: listeners.map(({name, fd, address}) => ({name, fd, address})),
        workers: generations.map(({generation, phase, workers}) => [
          generation,
          phase,
          ...workers.map(one => [one.pid, one.phase]),
        ]),
        descriptors: descriptorsOf(ssd.pid),
      };
    },
  };
}

const O_CLOEXEC = 0o2000000;

/** What each descriptor is, and whether it is closed on exec. */
export function descriptorsOf(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`)
    .map(Number)
    .sort((one, other) => one - other)
    .flatMap(fd => {
      try {
        const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))?.[1] ?? '';
        const isClosed = (Number.parseInt(flags, 8) & O_CLOEXEC) !== 0;
        return [`${fd} ${readlinkSync(`/proc/${pid}/fd/${fd}`)}${isClosed ? ' close-on-exec' : ''}`];
      } catch {
        // It was closed meanwhile.
        return [];
      }
    });
}
