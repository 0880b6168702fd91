/** Other users who pretend to be an ssd: what they say never counts as the answer of an instance. */
import {chmodSync, chownSync, lchownSync, mkdirSync, rmSync, symlinkSync} from 'node:fs';
import {dirname, join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {
  createRig,
  type Finished,
  fixture,
  type Rig,
  type Running,
  SERVER,
  SSCTL,
  SSD,
} from '../helpers/rig.js';
import {asRoot, STRANGER} from '../helpers/root.js';

const IMPOSTOR = fixture('impostor.mjs');

type Stage = {
  readonly rig: Rig;
  readonly uid: number;
  /** The place in /tmp for this user's instances. */
  readonly place: string;
  /** Answers as `app` at this path. */
  readonly impostor: (path: string, uid?: number, pid?: number) => Promise<Running>;
  readonly ssctl: (args: readonly string[], uid?: number) => Promise<Finished>;
  /** The user's ssd, with XDG_RUNTIME_DIR or without. */
  readonly ssd: (args?: readonly string[]) => Promise<Running>;
};

let users = 0;

/** @param withRuntime whether the user has an XDG_RUNTIME_DIR */
async function stage(t: ExecutionContext, withRuntime = false): Promise<Stage> {
  users += 1;
  const uid = 60_000 + (process.pid % 900) * 2 + users;
  const rig = await createRig(t);
  chmodSync(rig.directory, 0o755);
  chmodSync(rig.conductor.path, 0o777);
  const runtime = rig.path('run');
  own(runtime, uid, 0o700);
  const place = `/tmp/ssd-${uid}`;
  t.teardown(() => rmSync(place, {recursive: true, force: true}));
  const env = {XDG_RUNTIME_DIR: withRuntime ? runtime : undefined};
  return {
    rig,
    uid,
    place,
    impostor: async (path, by = STRANGER, pid = 1) => {
      const running = rig.start([process.execPath, IMPOSTOR, path, `${pid}`], {uid: by});
      await running.line(/listening/);
      return running;
    },
    ssctl: (args, by = uid) => rig.run([process.execPath, SSCTL, ...args], {uid: by, env}),
    ssd: async (args = []) => {
      const command = [process.execPath, SSD, '--name=app', '--interval=0', ...args, '--', ...SERVER];
      const running = rig.start(command, {uid, env});
      await running.line(/generation 1 is ready/);
      return running;
    },
  };
}

function own(path: string, uid: number, mode: number): void {
  mkdirSync(path);
  chownSync(path, uid, uid);
  chmodSync(path, mode);
}

/** Ways to be there before the user's ssd, each with the message about it. */
const WAYS: Readonly<
  Record<string, {set: (stage: Stage) => Promise<unknown>; told: (stage: Stage) => string}>
> = {
  'a directory of a stranger': {
    set: async ({place, impostor}) => {
      own(place, STRANGER, 0o755);
      await impostor(join(place, 'app.sock'));
    },
    told: ({place, uid}) =>
      `${place} is passed over: it belongs to uid ${STRANGER}, and not to uid ${uid} or root`,
  },
  'the user’s own directory, in which others may write': {
    set: async ({place, uid, impostor}) => {
      own(place, uid, 0o777);
      await impostor(join(place, 'app.sock'));
    },
    told: ({place}) => `${place} is passed over: others may write in it`,
  },
  'the user’s own directory, which was open to others when the socket was made': {
    set: async ({place, uid, impostor}) => {
      own(place, uid, 0o777);
      await impostor(join(place, 'app.sock'));
      chmodSync(place, 0o700);
    },
    told: ({place, uid}) =>
      `${place}/app.sock is passed over: it belongs to uid ${STRANGER}, and not to uid ${uid} or root`,
  },
  'a link of a stranger to their directory': {
    set: async ({place, rig, impostor}) => {
      own(rig.path('theirs'), STRANGER, 0o755);
      await impostor(rig.path('theirs/app.sock'));
      symlinkSync(rig.path('theirs'), place);
    },
    told: ({place}) => `${place} is passed over: it is not a directory`,
  },
};

for (const [title, {set, told}] of Object.entries(WAYS)) {
  asRoot(`${title}: nothing is asked there, and it is told`, async t => {
    const scene = await stage(t);
    await set(scene);
    for (const args of [['restart'], ['-n', 'app', 'restart'], ['--json', 'stop']]) {
      const {code, stdout, stderr} = await scene.ssctl(args);
      t.is(code, 3, args.join(' '));
      t.is(stdout, '');
      t.is(stderr.split('\n')[0], `ssctl: warning: ${told(scene)}`);
    }
    const {stdout} = await scene.ssctl(['list', '--json']);
    t.like(JSON.parse(stdout).instances[0], {name: 'app', state: 'foreign', pid: null, workers: null});
    t.regex((await scene.ssctl(['list'])).stdout, /^app +- .* foreign$/m);
    const names = await scene.ssctl(['--get-yargs-completions', 'ssctl', '-n', '']);
    t.is(names.stdout.trim(), '');
  });
}

asRoot('beside an impostor the only instance needs no selection', async t => {
  const scene = await stage(t, true);
  own(scene.place, STRANGER, 0o755);
  const impostor = await scene.impostor(join(scene.place, 'app.sock'));
  const ssd = await scene.ssd();
  for (const args of [['restart'], ['-n', 'app', 'restart']]) {
    const {code, stderr} = await scene.ssctl(args);
    t.is(code, 0, stderr);
    t.is(stderr.match(/is passed over/g)?.length, 1);
  }
  await ssd.line(/generation 3 is ready/);
  t.notRegex(impostor.stderr(), /asked/);
});

asRoot('if the place does not tell, the user who listens counts, whatever the hello says', async t => {
  const {rig, uid, impostor, ssctl} = await stage(t);
  own(rig.path('open'), uid, 0o777);
  const theirs = await impostor(rig.path('open/ctl'), STRANGER, process.pid);
  const asUser = await ssctl(['-s', rig.path('open/ctl'), 'restart']);
  t.is(asUser.code, 1);
  t.is(
    asUser.stderr,
    `ssctl: cannot trust control socket ${rig.path('open/ctl')}: uid ${STRANGER} is listening there, and neither uid ${uid} nor root\n`,
  );
  // A socket file of the user's, which a stranger could have linked to the name.
  chownSync(rig.path('open/ctl'), uid, uid);
  for (const by of [uid, 0]) t.is((await ssctl(['-s', rig.path('open/ctl'), 'restart'], by)).code, 1);
  t.notRegex(theirs.stderr(), /asked/);
});

asRoot('root may ask the instance of a user, and learns whose it is', async t => {
  const scene = await stage(t);
  const control = scene.rig.path('run/ctl');
  await scene.ssd([`--control=${control}`]);
  const {code, stdout, stderr} = await scene.ssctl(['-s', control, '--json', 'status'], 0);
  t.is(code, 0);
  t.is(JSON.parse(stdout).instance, 'app');
  t.is(stderr, `ssctl: the instance at ${control} belongs to uid ${scene.uid}\n`);
});

asRoot('a link of another user leads root to no other instance', async t => {
  const {rig, uid, ssctl} = await stage(t);
  const roots = rig.ssd(['--interval=0']);
  await roots.line(/generation 1 is ready/);
  symlinkSync(rig.control, rig.path('run/ctl'));
  symlinkSync(dirname(rig.control), rig.path('run/directory'));
  for (const link of ['ctl', 'directory']) lchownSync(rig.path(`run/${link}`), uid, uid);
  for (const path of ['run/ctl', 'run/directory/control']) {
    const {code, stderr} = await ssctl(['-s', rig.path(path), 'restart'], 0);
    t.is(code, 1);
    t.regex(stderr, new RegExp(`cannot trust control socket .*: .* is a link of uid ${uid}\n$`));
  }
  t.like(JSON.parse((await rig.ssctl(['status', '--json'])).stdout), {current: 1});
});
