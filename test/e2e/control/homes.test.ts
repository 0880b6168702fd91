/** Both programs find the control socket in the same place, whatever the environment says of the user. */
import {mkdirSync, rmSync} from 'node:fs';
import test from 'ava';
import {createRig, INSTALLED, type StartOptions} from '../../helpers/rig.js';
import {asRoot} from '../../helpers/root.js';

/** No user of this machine. */
const NAMELESS = 51_234;

type Home = {
  readonly title: string;
  readonly uid?: number;
  readonly env: StartOptions['env'];
  readonly place: RegExp;
};

const BARE = {HOME: undefined, USER: undefined, LOGNAME: undefined, XDG_RUNTIME_DIR: undefined};
const HOMES: readonly Home[] = [
  {
    title: 'root with the XDG_RUNTIME_DIR of another user, as after su',
    env: {XDG_RUNTIME_DIR: '/run/user/1000'},
    place: /control socket \/run\/ssd\//,
  },
  {
    title: 'a user without a name and without HOME, as in a container with a random user',
    uid: NAMELESS,
    env: BARE,
    place: /control socket \/tmp\/ssd-51234\//,
  },
  {
    title: 'a user with the XDG_RUNTIME_DIR of root, as after su',
    uid: NAMELESS,
    env: {...BARE, XDG_RUNTIME_DIR: 'ROOTS'},
    place: /control socket \/tmp\/ssd-51234\//,
  },
  {
    title: 'a user whose XDG_RUNTIME_DIR is not there',
    uid: NAMELESS,
    env: {...BARE, XDG_RUNTIME_DIR: '/run/user/51234'},
    place: /control socket \/tmp\/ssd-51234\//,
  },
];

for (const {title, uid, env, place} of HOMES) {
  asRoot(
    `ssctl finds the ssd of ${title}`,
    async t => {
      const rig = await createRig(t);
      t.teardown(() => rmSync(`/tmp/ssd-${NAMELESS}`, {recursive: true, force: true}));
      mkdirSync(rig.path('roots'), {mode: 0o700});
      const runtime = env?.XDG_RUNTIME_DIR === 'ROOTS' ? {XDG_RUNTIME_DIR: rig.path('roots')} : {};
      const options: StartOptions = {env: {...env, ...runtime}, cwd: '/', ...(uid !== undefined && {uid})};
      const name = `home-${process.pid}`;
      const ssd = rig.start(
        [INSTALLED.ssd, `--name=${name}`, '--interval=0.1', '--', 'sleep', '1000'],
        options,
      );
      await ssd.line(place);
      await ssd.line(/generation 1 is ready/);
      const {code, stderr} = await rig.run([INSTALLED.ssctl, '-n', name, 'status'], options);
      t.is(code, 0, stderr);
      // Without the variable, as by cron.
      const without = await rig.run([INSTALLED.ssctl, '-n', name, 'stop'], {...options, env: BARE});
      t.is(without.code, 0, without.stderr);
      t.is((await ssd.exit()).code, 0);
    },
    test.serial,
  );
}
