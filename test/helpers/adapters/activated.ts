/** Starts ssd with sockets, as a service manager does for a socket unit. */
import {fileURLToPath} from 'node:url';
import {INSTALLED, type Rig, type Running, SERVER, type StartOptions} from '../rig.js';

const ACTIVATE = fileURLToPath(new URL('../../../../test/fixtures/activate.pl', import.meta.url));

/** The command that starts another with these sockets: `tcp:127.0.0.1:0`, `unix:/run/a`, `fifo:/run/b` … */
export function withSockets(sockets: readonly string[], command: readonly string[]): readonly string[] {
  return ['perl', ACTIVATE, ...sockets, '--', ...command];
}

/** The names of LISTEN_FDNAMES, and the rest as `rig.ssd`. */
export type Activated = StartOptions & {readonly names?: string; readonly program?: readonly string[]};

export function activated(
  rig: Rig,
  sockets: readonly string[],
  args: readonly string[],
  {names, program = SERVER, env, ...options}: Activated = {},
): Running {
  const ssd = [INSTALLED.ssd, `--control=${rig.control}`, ...args, '--', ...program];
  return rig.start(withSockets(sockets, ssd), {...options, env: {LISTEN_FDNAMES: names, ...env}});
}
