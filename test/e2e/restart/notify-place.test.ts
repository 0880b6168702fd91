/** The notification socket is where every worker reaches it, is put back where it was removed, and leaves nothing. */
import {chmodSync, chownSync, existsSync, mkdirSync, rmSync, statSync, unlinkSync} from 'node:fs';
import {dirname} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {removeAtOnce} from '../../helpers/adapters/temporary.js';
import {restart} from '../../helpers/clients/control.js';
import type {Worker} from '../../helpers/conductor.js';
import {makeNotifier} from '../../helpers/notify.js';
import {needs} from '../../helpers/programs.js';
import {createRig, type Rig, type Running, SERVER, type StartOptions} from '../../helpers/rig.js';
import {STRANGER} from '../../helpers/root.js';

const isRoot = process.getuid?.() === 0;

type Stage = {readonly rig: Rig; readonly ssd: Running; readonly worker: Worker; readonly address: string};

async function stage(t: Parameters<typeof createRig>[0], asked: (rig: Rig) => StartOptions): Promise<Stage> {
  const rig = await createRig(t);
  const options = asked(rig);
  if (options.uid !== undefined) {
    chownSync(rig.directory, options.uid, options.uid);
    chmodSync(rig.directory, 0o755);
    chmodSync(rig.conductor.path, 0o777);
  }
  const ssd = rig.ssd(['--ready=notify', '--ready-timeout=20s'], SERVER, options);
  const worker = await rig.conductor.nextWorker();
  return {rig, ssd, worker, address: worker.env.NOTIFY_SOCKET ?? ''};
}

const usual = () => ({});
const RUNTIME = isRoot ? /^\/run\/ssd-notify-\w+\/socket$/ : /^\/.*\/ssd-notify-\w+\/socket$/;

const PLACES: readonly (readonly [string, (rig: Rig) => StartOptions, RegExp])[] = [
  ['of root is in the run-time directory of the system', usual, RUNTIME],
  [
    'of another user is in the run-time directory of that user',
    rig => ({uid: STRANGER, env: {XDG_RUNTIME_DIR: rig.directory}}),
    /^\/tmp\/ssdt-\w+\/ssd-notify-\w+\/socket$/,
  ],
  [
    'is in the temporary directory where there is none',
    rig => ({uid: STRANGER, env: {XDG_RUNTIME_DIR: undefined, TMPDIR: rig.directory}}),
    /^\/tmp\/ssdt-\w+\/ssd-notify-\w+\/socket$/,
  ],
  [
    'is at an absolute path where that of the temporary directory is relative',
    () => ({uid: STRANGER, env: {XDG_RUNTIME_DIR: undefined, TMPDIR: '.'}}),
    /^\/tmp\/ssdt-\w+\/ssd-notify-\w+\/socket$/,
  ],
  [
    'is at an abstract address where there is no place for it',
    () => ({uid: STRANGER, env: {XDG_RUNTIME_DIR: '/nonexistent', TMPDIR: '/nonexistent'}}),
    /^@/,
  ],
];

const asRoot = isRoot ? needs('python3') : test.skip;

for (const [what, asked, place] of PLACES) {
  asRoot(`the notification socket ${what}, and nothing is left of it`, async (t: ExecutionContext) => {
    const {rig, ssd, worker, address} = await stage(t, asked);
    t.regex(address, place);
    if (address.startsWith('/')) {
      t.is(statSync(dirname(address)).mode & 0o777, 0o711);
      t.is(statSync(address).mode & 0o777, 0o666);
    }
    await worker.run(makeNotifier(rig)('READY=1'));
    await ssd.line(/generation 1 is ready/);
    ssd.kill('SIGTERM');
    t.is((await ssd.exit()).code, 0);
    t.false(address.startsWith('/') && existsSync(dirname(address)));
  });
}

const SWEEPS: readonly (readonly [string, (address: string) => void])[] = [
  ['with its directory', address => removeAtOnce(dirname(address))],
  ['alone', unlinkSync],
];

for (const [how, sweep] of SWEEPS) {
  needs('python3')(
    `a notification socket that was removed ${how} is put back for a worker that runs`,
    async t => {
      const {rig, ssd, worker, address} = await stage(t, usual);
      sweep(address);
      await ssd.line(/solved after \S+: the notification socket .* was removed; ssd made it again/);
      await worker.run(makeNotifier(rig)('READY=1'));
      await ssd.line(/generation 1 is ready/);
      t.is(statSync(dirname(address)).mode & 0o777, 0o711);
      ssd.kill('SIGTERM');
      t.is((await ssd.exit()).code, 0);
      t.false(existsSync(dirname(address)));
    },
  );

  needs('python3')(`one that was removed ${how} is there for the next worker, at once`, async t => {
    const {rig, ssd, worker, address} = await stage(t, usual);
    const notify = makeNotifier(rig);
    await worker.run(notify('READY=1'));
    await ssd.line(/generation 1 is ready/);
    sweep(address);
    const restarting = restart(rig);
    const second = await rig.conductor.nextWorker();
    await second.run(notify('READY=1'));
    t.is((await restarting).verdict, 'completed');
  });
}

needs('python3')('a directory that somebody else has put in its place is not used', async t => {
  const {rig, ssd, worker, address} = await stage(t, usual);
  const notify = makeNotifier(rig);
  await worker.run(notify('READY=1'));
  await ssd.line(/generation 1 is ready/);
  removeAtOnce(dirname(address));
  mkdirSync(dirname(address));
  chmodSync(dirname(address), 0o777);
  t.teardown(() => rmSync(dirname(address), {recursive: true, force: true}));
  const restarting = restart(rig);
  const second = await rig.conductor.nextWorker();
  t.not(second.env.NOTIFY_SOCKET, address);
  await second.run(notify('READY=1'));
  t.is((await restarting).verdict, 'completed');
});
