/** ssd was started in a directory by a name, and a deploy lets the name lead elsewhere: before the replacement, or after it. */
import {mkdirSync, renameSync, symlinkSync} from 'node:fs';
import test from 'ava';
import {problemsOf} from '../../helpers/clients/control.js';
import {createRig, INSTALLED, type Rig} from '../../helpers/rig.js';
import {HELLO} from '../../helpers/servers.js';
import {reexec} from './stage.js';

function deploy(rig: Rig, name: string): void {
  mkdirSync(rig.path(name));
  symlinkSync(name, rig.path('next'));
  renameSync(rig.path('next'), rig.path('current'));
}

for (const isFirst of [true, false]) {
  test(`a deploy ${isFirst ? 'before' : 'after'} the replacement is noticed at the next restart`, async t => {
    const rig = await createRig(t);
    deploy(rig, 'old');
    const current = rig.path('current');
    const ssd = rig.start(
      [INSTALLED.ssd, `--control=${rig.control}`, '--port=127.0.0.1:0', '--interval=0.1', '--', ...HELLO],
      {cwd: current, env: {PWD: current}},
    );
    await ssd.line(/generation 1 is ready/);
    if (isFirst) deploy(rig, 'new');
    await reexec(rig);
    if (!isFirst) deploy(rig, 'new');
    t.is((await rig.ssctl(['restart'])).code, 0);
    t.like(await problemsOf(rig), [{code: 'start-directory', subject: current, cause: rig.path('old')}]);
  });
}
