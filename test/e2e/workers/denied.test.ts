/** What another user may not do is refused when ssd starts. */
import {chmodSync, copyFileSync} from 'node:fs';
import {createRig, INSTALLED} from '../../helpers/rig.js';
import {asRoot} from '../../helpers/root.js';

asRoot('a program that the user may not execute is refused at the start', async t => {
  const rig = await createRig(t);
  copyFileSync('/bin/sleep', rig.path('sleep'));
  chmodSync(rig.directory, 0o700);
  for (const mode of [[], ['--check']]) {
    const {code, stderr} = await rig.runSsd([...mode, '--user=nobody', '--', rig.path('sleep'), '1000']);
    t.is(code, 1);
    t.is(
      stderr,
      `ssd: cannot start ${rig.path('sleep')}: with --user=nobody, workers may not execute ${rig.path('sleep')}; check its mode and those of the directories above it\n`,
    );
  }
});

const become = (...capabilities: readonly string[]) => {
  const rights = ['+dac_read_search', ...capabilities].join();
  const who = ['setpriv', '--reuid=64001', '--regid=64001', '--clear-groups'];
  return [...who, `--inh-caps=${rights}`, `--ambient-caps=${rights}`, INSTALLED.ssd];
};

const NO_KILL = 'ssd could not signal its workers: it has no CAP_KILL';
const cases = [
  [become(), '--user=nobody', NO_KILL],
  [become('+kill'), '--user=nobody', 'setpriv: setresuid failed: Operation not permitted'],
  [become(), '--nice=-20', 'nice: cannot set niceness: Permission denied'],
  [
    become(),
    '--rlimit=nofile=99999999',
    'prlimit: failed to set the NOFILE resource limit: Operation not permitted',
  ],
] as const;

for (const [command, option, cause] of cases) {
  asRoot(`${option} is refused where ssd is not root: ${cause}`, async t => {
    const rig = await createRig(t);
    chmodSync(rig.directory, 0o777);
    const {code, stderr} = await rig.run([...command, option, '--', '/bin/sleep', '1000']);
    t.is(code, 1);
    t.is(stderr, `ssd: cannot run workers with ${option}: ${cause}; leave it out, or start ssd as root\n`);
  });
}
