/** The installed ssd cannot take over: nothing has happened, and the reason is told. */
import {readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {ask, createRig, ROOT} from '../../../helpers/rig.js';
import {type Installed, installIn, watchState} from './installed.js';

type Broken = {
  readonly name: string;
  readonly breakIt: (installed: Installed) => void;
  readonly repair?: (installed: Installed) => void;
  readonly says: RegExp;
};

const LIBRARY = 'dist/bundle/lib/ssd.cjs';
const MODULES = 'node_modules';

function rewrite({file}: Installed, name: string, change: (text: string) => string): void {
  const text = readFileSync(file(name), 'utf8');
  const changed = change(text);
  if (changed === text) throw new Error(`nothing to change in ${name}`);
  writeFileSync(file(name), changed);
}

function restore({file}: Installed, name: string): void {
  writeFileSync(file(name), readFileSync(`${ROOT}/${name}`));
}

const BROKEN: readonly Broken[] = [
  {
    name: 'it is gone',
    breakIt: ({command}) => rmSync(command),
    says: /cannot start \S+\/bin\/ssd: ENOENT/,
  },
  {
    name: 'it may not be executed',
    breakIt: ({putScript}) => putScript('exit 0', 0o644),
    says: /cannot start \S+\/bin\/ssd: EACCES/,
  },
  {
    name: 'its interpreter is gone',
    breakIt: ({command}) => {
      rmSync(command);
      writeFileSync(command, '#!/no/such/sh\n', {mode: 0o755});
    },
    says: /cannot start \S+\/bin\/ssd: ENOENT/,
  },
  {
    name: 'it ends with a line',
    breakIt: ({putScript}) => putScript('echo "ssd: the moon is in the wrong phase" >&2; exit 7'),
    says: /the moon is in the wrong phase/,
  },
  {
    name: 'it ends without a word',
    breakIt: ({putScript}) => putScript('exit 7'),
    says: /the check of the handover exited with status 7/,
  },
  {
    name: 'it is killed',
    breakIt: ({putScript}) => putScript('kill -KILL $$'),
    says: /the check of the handover was killed by SIGKILL/,
  },
  {
    name: 'it throws when it is loaded',
    breakIt: installed =>
      rewrite(installed, LIBRARY, () => 'throw new TypeError("there is no such thing")\n'),
    repair: installed => restore(installed, LIBRARY),
    says: /TypeError: there is no such thing/,
  },
  {
    name: 'its file is not whole',
    breakIt: installed => rewrite(installed, LIBRARY, text => text.slice(0, text.length / 2)),
    repair: installed => restore(installed, LIBRARY),
    says: /SyntaxError: /,
  },
  {
    name: 'it lacks koffi',
    breakIt: ({file}) => rmSync(file(MODULES)),
    repair: ({file}) => symlinkSync(`${ROOT}/node_modules`, file(MODULES)),
    says: /koffi/,
  },
  {
    name: 'it reads only an older handover',
    breakIt: installed =>
      rewrite(installed, LIBRARY, text => text.replace(/\bHANDOVER_VERSION = 1\b/, 'HANDOVER_VERSION = 0')),
    repair: installed => restore(installed, LIBRARY),
    says: /the handover has version 1, and this ssd reads up to 0/,
  },
  {
    name: 'it knows of no handover',
    breakIt: installed =>
      rewrite(installed, LIBRARY, text => text.replaceAll('--check-handover', '--check-nothing-at-all')),
    repair: installed => restore(installed, LIBRARY),
    says: /unknown option --check-handover|--check-handover/,
  },
  {
    name: 'it is gone after the check',
    breakIt: ({putScript, program}) => putScript(`rm "$0"; exec ${program} "$@"`),
    says: /cannot execute \S+\/bin\/ssd: ENOENT/,
  },
  {
    name: 'it may not be executed after the check',
    breakIt: ({putScript, program}) => putScript(`chmod 644 "$0"; exec ${program} "$@"`),
    says: /cannot execute \S+\/bin\/ssd: EACCES/,
  },
  {
    name: 'it is no program after the check',
    breakIt: ({putScript, program}) =>
      putScript(`printf '\\177ELF' > "$0.bad"; chmod 755 "$0.bad"; mv "$0.bad" "$0"; exec ${program} "$@"`),
    says: /cannot execute \S+\/bin\/ssd: /,
  },
];

test('a broken new version changes nothing, and its reason is told; a good one takes over after that', async t => {
  const rig = await createRig(t);
  const installed = installIn(rig);
  const ssd = installed.ssd([
    '--port=127.0.0.1:0',
    `--path=${rig.path('web')}`,
    `--pid-file=${rig.path('pid')}`,
    '--capture-stderr',
    '--ready=notify',
    `--log-file=${rig.path('log')}`,
  ]);
  const worker = await rig.conductor.nextWorker();
  await worker.notify('READY=1');
  const {state, client} = await watchState(rig, ssd);
  t.is((await rig.ssctl(['wait', 'ready'])).code, 0);
  // Its session is closed at the next event: it may have ended only its writing half.
  t.is((await rig.ssctl(['reexec', '--', '--nonsense'])).code, 1);
  const before = await state();
  const port = Number(/:(\d+)$/.exec(before.listeners[0]?.address ?? '')?.[1]);
  for (const {name, breakIt, repair, says} of BROKEN) {
    breakIt(installed);
    const {code, stdout, stderr} = await rig.ssctl(['reexec']);
    t.is(code, 1, `${name}: ${stdout}`);
    t.regex(stderr, says, name);
    t.is(stderr.trimEnd().split('\n').length, 1, `${name}: ${stderr}`);
    t.deepEqual(await state(), before, name);
    t.deepEqual(await ask(port), {generation: 1, pid: worker.pid}, name);
    repair?.(installed);
    installed.putBack();
  }
  t.is((await rig.ssctl(['reexec'])).code, 0);
  t.false(client.socket.destroyed);
  t.deepEqual({...(await state()), descriptors: 0}, {...before, descriptors: 0});
  t.deepEqual(await ask(port), {generation: 1, pid: worker.pid});
  t.is((await rig.ssctl(['stop'])).code, 0);
  t.deepEqual(await ssd.exit(), {code: 0, signal: null});
});
