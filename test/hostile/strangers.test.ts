/** Other users of the machine: at the socket, and at the default place in /tmp before ssd starts. */
import {chmodSync, chownSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import type {ExecutionContext} from 'ava';
import {status} from '../helpers/clients/control.js';
import {createRig, type Rig, SSCTL, SSD} from '../helpers/rig.js';
import {asRoot, STRANGER} from '../helpers/root.js';

asRoot('another user is refused, also where the modes of the files would let them in', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0'], ['sleep', '1000']);
  await ssd.line(/generation 1 is ready/);
  const asStranger = (verb: string) =>
    rig.run([process.execPath, SSCTL, '-s', rig.control, verb], {uid: STRANGER});

  const shut = await asStranger('stop');
  t.is(shut.code, 1);
  t.regex(shut.stderr, /EACCES/);
  chmodSync(rig.directory, 0o777);
  chmodSync(rig.control, 0o777);
  for (const verb of ['stop', 'restart', 'status']) {
    const {code, stderr} = await asStranger(verb);
    t.is(code, 1, verb);
    t.regex(stderr, /only the user of this ssd and root may use it/);
  }
  t.like(await status(rig), {wanted: 'running', current: 1});
});

type Trap = {
  readonly title: string;
  /** Prepares the default place of this user. */
  readonly set: (place: string, rig: Rig, uid: number) => void;
  readonly problem: RegExp;
};

const own = (path: string, uid: number) => {
  mkdirSync(path, {mode: 0o700});
  chownSync(path, uid, uid);
};

const traps: readonly Trap[] = [
  {
    title: 'a symbolic link to a directory of the very user',
    set: (place, rig, uid) => {
      own(rig.path('target'), uid);
      symlinkSync(rig.path('target'), place);
    },
    problem: /it is not a directory$/,
  },
  {
    title: 'a symbolic link that leads nowhere',
    set: (place, rig) => symlinkSync(rig.path('target'), place),
    problem: /it is not a directory$/,
  },
  {
    title: 'a directory of somebody else',
    set: place => own(place, STRANGER),
    problem: /it belongs to uid 65534, not to \d+$/,
  },
  {
    title: 'a directory that everybody may enter',
    set: (place, _, uid) => {
      own(place, uid);
      chmodSync(place, 0o711);
    },
    problem: /other users can enter it; its mode must be 0700$/,
  },
  {
    title: 'a file in place of the socket',
    set: (place, _, uid) => {
      own(place, uid);
      writeFileSync(`${place}/sleep.sock`, 'precious');
    },
    problem: /it exists and is not a socket; ssd left it alone$/,
  },
  {
    title: 'a symbolic link in place of the socket',
    set: (place, rig, uid) => {
      own(place, uid);
      symlinkSync(rig.path('target'), `${place}/sleep.sock`);
    },
    problem: /it exists and is not a socket; ssd left it alone$/,
  },
];

for (const [index, {title, set, problem}] of traps.entries()) {
  asRoot(`${title} at the default place in /tmp is a warning; ssd leaves it alone and runs`, async t => {
    const uid = 62_000 + (process.pid % 900) * 2 + index;
    const rig = await createRig(t);
    chmodSync(rig.directory, 0o777);
    const place = trap(t, uid);
    set(place, rig, uid);
    const before = listing(place);

    const ssd = rig.start([process.execPath, SSD, '--interval=0', '--', 'sleep', '1000'], {
      uid,
      env: {XDG_RUNTIME_DIR: undefined},
    });

    t.regex(await ssd.line(/running without a control socket/), problem);
    await ssd.line(/generation 1 is ready/);
    t.deepEqual(listing(place), before);
    t.deepEqual(listing(rig.path('target')), []);
    ssd.kill('SIGTERM');
    t.deepEqual(await ssd.exit(), {code: 0, signal: null});
    t.deepEqual(listing(place), before);
  });
}

/** The default place of this user, gone at the end. */
function trap(t: ExecutionContext, uid: number): string {
  const place = `/tmp/ssd-${uid}`;
  rmSync(place, {recursive: true, force: true});
  t.teardown(() => rmSync(place, {recursive: true, force: true}));
  return place;
}

function listing(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    // It does not exist, or is not a directory.
    return [];
  }
}
