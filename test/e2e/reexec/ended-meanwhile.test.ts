/** A worker that ends on the way from one image to the next. */
import {existsSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {boundPort, createRig, type Rig, SSD} from '../../helpers/rig.js';
import {eventsOf, reexec, statusOf} from './stage.js';

/** It ends as soon as its ssd has been replaced, when no line of the next image can have run. */
const ENDS = `
  $SIG{USR1} = sub { $looks = 1 };
  open my $ready, '>&=', $ENV{SSD_READY_FD}; syswrite $ready, "\\n";
  until ($looks) { select undef, undef, undef, undef }
  my $ssd = getppid;
  while () {
    open my $file, '<', "/proc/$ssd/environ" or next;
    local $/;
    exit 7 if <$file> =~ /\\0SSD_HANDOVER_FD=/;
  }`;

test('how a worker ended is told, although it ended while there was no ssd', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd', '--max-attempts=1'], ['perl', '-e', ENDS]);
  await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  const [worker] = (await statusOf(rig)).generations[0]?.workers ?? [];
  process.kill(worker?.pid ?? 0, 'SIGUSR1');
  await reexec(rig);
  await ssd.line(/generation 2 is ready/);
  const lost = (await eventsOf(rig)).find(({type}) => type === 'lost');
  t.like(lost, {generation: 1, ending: {type: 'exited', code: 7}});
});

test('between the two images nothing runs but Node itself: a shell would collect who ends', async t => {
  const rig = await createRig(t);
  const {command, env, ranAt} = install(rig);
  const ssd = rig.start(
    [command, `--control=${rig.control}`, '--port=127.0.0.1:0', '--ready=fd', '--', 'sh', '-c', WAITS],
    {env},
  );
  await ssd.line(/generation 1 is ready/);
  await reexec(rig);
  await reexec(rig);
  t.is((await statusOf(rig)).pid, ssd.pid);
  t.false(existsSync(ranAt));
});

test('the environment goes over as it is, with the names that sh drops', async t => {
  const rig = await createRig(t);
  const odd = {
    'spring.profiles': 'a b\nc',
    '1st': 'x',
    IFS: ':',
    NODE_OPTIONS: '--no-warnings',
    PWD: undefined,
  };
  const ssd = rig.ssd(['--port=127.0.0.1:0'], undefined, {env: odd});
  const {env: before} = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  await reexec(rig);
  await reexec(rig);
  t.is((await rig.ssctl(['restart'])).code, 0);
  const {env: after} = await rig.conductor.nextWorker();
  t.deepEqual(withoutOwn(after), withoutOwn(before));
});

/** What differs between generations. */
function withoutOwn({SERVER_STARTER_GENERATION: _, ...env}: Readonly<Record<string, string>>): object {
  return env;
}

const WAITS = 'echo >&"$SSD_READY_FD"; exec sleep 1000000';

/** An installation that tells when the Node beside it, or a program that the launcher starts, runs on the way. */
function install(rig: Rig) {
  const [bin, path, ranAt] = [rig.path('bin'), rig.path('path'), rig.path('ran')];
  const put = (directory: string, name: string, target: string) => {
    const tell = `[ -z "\${SSD_HANDOVER_FD+set}" ] || echo ${name} >>${ranAt}`;
    writeFileSync(join(directory, name), `#!/bin/sh\n${tell}\nexec ${target} "$@"\n`, {mode: 0o755});
  };
  for (const directory of [bin, path]) mkdirSync(directory);
  symlinkSync(SSD, join(bin, 'ssd'));
  put(bin, 'node', process.execPath);
  const places = (process.env.PATH ?? '').split(':');
  for (const name of ['grep', 'base64']) {
    const target = places.map(place => join(place, name)).find(existsSync);
    if (target) put(path, name, target);
  }
  return {command: join(bin, 'ssd'), env: {PATH: `${path}:${process.env.PATH}`}, ranAt};
}
