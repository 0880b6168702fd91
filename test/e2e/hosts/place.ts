/** A machine with a stand-in for ssh, and what stands for ssctl on the others. */
import {chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import type {ExecutionContext} from 'ava';
import {createRig, type Finished, fixture, type Rig, SSCTL, type StartOptions} from '../../helpers/rig.js';

type Place = {
  readonly rig: Rig;
  readonly env: Readonly<Record<string, string>>;
  readonly ssctl: (args: readonly string[], options?: StartOptions) => Promise<Finished>;
  /** The words that ssh got, but for the command. */
  readonly words: () => readonly string[];
};

/** @param remote a script of sh in the place of ssctl at the other end */
export async function place(t: ExecutionContext, remote?: string): Promise<Place> {
  const rig = await createRig(t);
  for (const name of ['bin', 'remote']) mkdirSync(rig.path(name));
  symlinkSync(fixture('fake-ssh'), rig.path('bin/ssh'));
  const program = remote ?? `exec ${process.execPath} ${SSCTL} -s ${rig.control} "$@"`;
  writeFileSync(rig.path('remote/ssctl'), `#!/bin/sh\n${program}\n`);
  chmodSync(rig.path('remote/ssctl'), 0o755);
  const env = {PATH: `${rig.path('bin')}:/usr/bin:/bin`, FAKE_SSH: rig.directory, NO_COLOR: ''};
  return {
    rig,
    env,
    ssctl: (args, options) =>
      rig.run([process.execPath, SSCTL, ...args], {...options, env: {...env, ...options?.env}}),
    words: () => readFileSync(rig.path('words'), 'utf8').split('\n').slice(0, -1),
  };
}
