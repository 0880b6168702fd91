import {existsSync, readdirSync} from 'node:fs';
import test from 'ava';
import {restart} from '../../helpers/clients/control.js';
import {ask, createRig, INSTALLED, type Rig, SERVER} from '../../helpers/rig.js';

let count = 0;
/** A name of this test only; it is not in a directory that could hide it from others. */
const name = () => {
  count += 1;
  return `ssdt-${process.pid}-${count}`;
};

/** Node 20 cannot connect to an abstract name. */
async function askAbstract(rig: Rig, abstract: string): Promise<string> {
  const client =
    'socket(S, AF_UNIX, SOCK_STREAM, 0); connect(S, sockaddr_un("\\0".shift)) or die $!+0; print <S>';
  const {stdout, stderr} = await rig.run(['perl', '-MSocket', '-e', client, abstract]);
  return `${stdout}${stderr}`.trim();
}

test('--path=@name is an abstract socket: there is no file, and generations serve on it', async t => {
  const rig = await createRig(t);
  const abstract = name();
  const ssd = rig.ssd([`--path=@${abstract}`, '--ready=fd']);
  const first = await rig.conductor.nextWorker();
  t.is(first.env.SERVER_STARTER_PORT, `@${abstract}=3`);
  t.is(first.env.SSD_SOCKET_TYPES, '3=unix');
  await first.write(4, '\n');
  await ssd.line(/generation 1 is ready/);
  t.is(await askAbstract(rig, abstract), `1:${first.pid}`);
  t.deepEqual(readdirSync(rig.directory).sort(), ['conductor', 'control', 'control.state']);
  t.regex((await rig.ssctl(['status'])).stdout, new RegExp(`@${abstract}`));
  const restarting = restart(rig);
  const second = await rig.conductor.nextWorker();
  await second.write(4, '\n');
  t.is((await restarting).verdict, 'completed');
  t.is(await askAbstract(rig, abstract), `2:${second.pid}`);
  t.notRegex(ssd.stderr(), /warning/);
  ssd.kill('SIGTERM');
  t.deepEqual(await ssd.exit(), {code: 0, signal: null});
  t.regex(await askAbstract(rig, abstract), /^111 /, 'ECONNREFUSED');
});

test('an abstract name in use is refused, and who has it is named', async t => {
  const rig = await createRig(t);
  const abstract = name();
  const ssd = rig.ssd([`--path=@${abstract}`], ['sleep', '1000']);
  await ssd.line(/generation 1 spawned/);
  const args = [`--path=@${abstract}`, `--control=${rig.path('c2')}`, '--', ...SERVER];
  const {code, stderr} = await rig.runSsd(args);
  t.is(code, 1);
  t.is(
    stderr,
    `ssd: cannot listen on unix @${abstract}: the process with pid ${ssd.pid} is listening there\n`,
  );
});

test('a file whose name begins with @ is given with its directory', async t => {
  const rig = await createRig(t);
  rig.ssd(['--path=./@x']);
  const {env, pid} = await rig.conductor.nextWorker();
  t.is(env.SERVER_STARTER_PORT, './@x=3');
  t.deepEqual(await ask(rig.path('@x')), {generation: 1, pid});
});

test('--check tries an abstract name, and leaves one alone that its own instance has', async t => {
  const rig = await createRig(t);
  const args = [`--path=@${name()}`, `--control=${rig.control}`];
  t.is((await rig.runSsd(['--check', ...args, '--', ...SERVER])).code, 0);
  const ssd = rig.start([INSTALLED.ssd, ...args, '--', ...SERVER]);
  await ssd.line(/generation 1 spawned/);
  const {code, stdout} = await rig.runSsd(['--check', ...args, '--', ...SERVER]);
  t.is(code, 0);
  t.regex(stdout, /not tested: control socket, unix @/);
});

test('a name that no variable can carry, and a mode of what has none, are refused', async t => {
  const rig = await createRig(t);
  for (const [args, line] of [
    [['--path=@'], '--path=@: an abstract socket needs a name after the @'],
    [['--path=@a=b'], '--path=@a=b: SERVER_STARTER_PORT cannot carry a path with ";" or "=" in it'],
    [
      [`--path=@${'x'.repeat(107)}`],
      `--path=@${'x'.repeat(107)}: it has 108 bytes; a unix socket path has at most 107`,
    ],
    [
      ['--path=@a', '--path=/x', '--path-mode=0600'],
      '--path-mode=0600: @a is abstract and has neither: anybody may connect to it',
    ],
    [
      ['--path=@a', '--path-owner=0'],
      '--path-owner=0: @a is abstract and has neither: anybody may connect to it',
    ],
  ] as const) {
    const {code, stderr} = await rig.runSsd([...args, '--', ...SERVER]);
    t.is(code, 2);
    t.is(stderr, `ssd: ${line}\n`);
  }
  t.false(existsSync(rig.path('@a')));
});
