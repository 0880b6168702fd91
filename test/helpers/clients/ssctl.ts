/** Runs ssctl where `rig.ssctl` is not enough: while it keeps running, and on a terminal. */
import {type Rig, type Running, SSCTL, type StartOptions} from '../rig.js';

/** Starts ssctl; what it prints on standard output comes as lines of standard error. */
export function following(rig: Rig, args: readonly string[]): Running {
  return rig.start([
    '/bin/sh',
    '-c',
    'exec "$@" >&2',
    'sh',
    process.execPath,
    SSCTL,
    '-s',
    rig.control,
    ...args,
  ]);
}

/** Runs ssctl on a terminal of 80 columns to its end. Needs script(1). @returns what was to be seen there */
export async function onTerminal(
  rig: Rig,
  args: readonly string[],
  options?: StartOptions,
): Promise<{readonly code: number | null; readonly seen: string}> {
  const command = ['script', '-qec', terminalCommand(rig, args), '/dev/null'];
  // The person who runs the tests may have set it.
  const env = {NO_COLOR: undefined, ...options?.env};
  const {code, stdout} = await rig.run(command, {...options, env});
  return {code, seen: visible(stdout)};
}

/** With escape, carriage return and the like as `<1b>` and `<0d>`; newlines stay. */
export function visible(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(/\p{Cc}/gu, char =>
      char === '\n' ? char : `<${char.charCodeAt(0).toString(16).padStart(2, '0')}>`,
    );
}

export function terminalCommand(rig: Rig, args: readonly string[]): string {
  return `stty rows 24 cols 80; exec ${[process.execPath, SSCTL, '-s', rig.control, ...args].join(' ')}`;
}
