/**
 * Runs what the documents print as typed at a terminal: `$ command`, and below it what came. `ssd` and `ssctl` are in PATH
 * and have a control socket of the test.
 */
import {chmodSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {
  createRig,
  type Finished,
  INSTALLED,
  type Rig,
  type Running,
  type StartOptions,
} from '../helpers/rig.js';
import {freePort} from '../helpers/sockets.js';

export type Step = {readonly command: string; readonly printed: string};

/** @param display what is printed; a command that ends with `\` or `|` goes on in the next line */
export function steps(display: string): Step[] {
  return display
    .trimEnd()
    .split(/^\$ /m)
    .slice(1)
    .map(step => {
      const end = /(?<![\\|])\n|$/.exec(step)?.index ?? step.length;
      return {command: step.slice(0, end), printed: step.slice(end + 1).trimEnd()};
    });
}

export type Terminal = {
  readonly rig: Rig;
  readonly port: number;
  /** Runs a line to its end, with both streams in one, as a terminal has them. */
  readonly type: (line: string) => Promise<Finished>;
  /** Starts a line that stays, with nothing in front of ssd. */
  readonly leave: (line: string) => Running;
};

/** @param places what the documents name, and what the test has for it, as paths in its directory */
export async function openTerminal(
  t: ExecutionContext,
  places: Readonly<Record<string, string>> = {},
): Promise<Terminal> {
  const rig = await createRig(t);
  layPrograms(rig);
  const port = await freePort();
  const options: StartOptions = {env: {PATH: `${rig.path('bin')}:${process.env.PATH}`, NO_COLOR: '1'}};
  const placed = (line: string) =>
    Object.entries(places).reduce(
      (text, [printed, own]) => text.replaceAll(printed, rig.path(own)),
      line.replaceAll('8080', `${port}`),
    );
  return {
    rig,
    port,
    type: line => rig.run(['sh', '-c', `{ ${placed(line)}\n} 2>&1`], options),
    leave: line => rig.start(['sh', '-c', `exec ${placed(line)}`], options),
  };
}

/** What differs from run to run, made the same: numbers with what they count, the widths of tables, directories. */
export function alike(text: string, directory = '/tmp/cap'): string {
  return text
    .replaceAll(directory, 'DIR')
    .replaceAll(/\b\d+(\.\d+)?(ms|s|m|K|M)\b/g, 'N')
    .replaceAll(/\d+(\.\d+)*/g, 'N')
    .replaceAll(/ +/g, ' ')
    .trim();
}

function layPrograms({path, control}: Rig): void {
  mkdirSync(path('bin'));
  symlinkSync(process.execPath, path('bin/node'));
  // `ssd --stop` knows no control socket, and goes by the pid file.
  const programs = {
    ssd: `case $1 in --stop) exec ${INSTALLED.ssd} "$@" ;; *) exec ${INSTALLED.ssd} --control=${control} "$@" ;; esac`,
    ssctl: `[ "$1" != -n ] || shift 2\nexec ${INSTALLED.ssctl} -s ${control} "$@"`,
  };
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(path('bin'), name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(path('bin'), name), 0o755);
  }
}
