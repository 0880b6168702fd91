/** `ssctl reexec -- options -- program`: what may change, and what is refused before anything happens. */
import {once} from 'node:events';
import net from 'node:net';
import test from 'ava';
import {ask, boundPort, createRig, SERVER} from '../../../helpers/rig.js';
import {reexec} from '../stage.js';
import {watchState} from './installed.js';

type Refused = {
  /** What is given instead of the options that ssd has; `@` stands for the directory of the test. */
  readonly args: readonly string[];
  readonly says: RegExp;
  /** Instead of the server. */
  readonly program?: readonly string[];
};

const KEPT = [
  '--name=app',
  '--control=@/control',
  '--pid-file=@/pid',
  '--status-file=@/status',
  '--metrics-file=@/metrics',
  '--log-file=@/log',
  '--path=@/web',
];
const but = (prefix: string, ...more: readonly string[]) => [
  ...KEPT.filter(option => !option.startsWith(prefix)),
  ...more,
];

/** `IN_USE` stands for a port that another process has, `HELD` for one that ssd has. */
const REFUSED: readonly Refused[] = [
  {
    args: but('--name', '--name=other'),
    says: /--name cannot change while ssd runs: it is app, and would be other; give --name=app$/m,
  },
  {
    args: but('--name'),
    says: /--name cannot change while ssd runs: it is app, and would be \S+; give --name=app$/m,
  },
  {
    args: but('--control', '--control=@/c2'),
    says: /--control cannot change while ssd runs: it is @\/control, and would be @\/c2; give --control=@\/control$/m,
  },
  {
    args: but('--control'),
    says: /--control cannot change while ssd runs: it is @\/control, and would be \S+; give --control=@\/control$/m,
  },
  {
    args: but('--pid', '--pid-file=@/pid2'),
    says: /--pid-file cannot change while ssd runs: it is @\/pid, and would be @\/pid2; give --pid-file=@\/pid$/m,
  },
  {args: but('--pid'), says: /--pid-file cannot change while ssd runs: it is @\/pid, and would be left out/},
  {args: but('--status', '--status-file=@/s2'), says: /--status-file cannot change/},
  {args: but('--status'), says: /--status-file cannot change .* would be left out/},
  {args: but('--metrics', '--metrics-file=@/m2'), says: /--metrics-file cannot change/},
  {args: but('--metrics'), says: /--metrics-file cannot change .* would be left out/},
  {args: but('--log'), says: /--log-file cannot be left out: nothing tells where the log went before/},
  {args: [...KEPT, '--stop-timeout=soon'], says: /--stop-timeout=soon: expected seconds/},
  {args: [...KEPT, '--no-such-option'], says: /unknown option --no-such-option/},
  {args: [...KEPT, '--config=@/missing'], says: /@\/missing/},
  {args: [...KEPT, '--port=127.0.0.1:IN_USE'], says: /cannot listen on tcp \S+: EADDRINUSE/},
  {
    args: [...KEPT, '--port=0.0.0.0:HELD', '--port=127.0.0.1:0'],
    says: /cannot listen on tcp \S+: EADDRINUSE/,
  },
  {args: [...KEPT, '--port=HELD'], says: /cannot listen on tcp \S+: EADDRINUSE/},
  {args: [...KEPT, '--path=@/pid'], says: /name one file, @\/pid/},
  {args: [...KEPT, '--daemonize'], says: /--daemonize cannot change while ssd runs/},
  {args: KEPT, program: ['@/no-such-program'], says: /@\/no-such-program/},
  {args: ['--help'], program: [], says: /with --help ssd runs no server/},
  ...['help', 'version', 'check', 'restart', 'stop', 'print-unit'].map(
    (mode): Refused => ({
      args: [...KEPT, `--${mode}`],
      says: new RegExp(`with --${mode} ssd runs no server`),
    }),
  ),
];

test('what cannot change, and what no start would take, is refused, and nothing has happened', async t => {
  const rig = await createRig(t);
  const here = (text: string) => text.replaceAll('@', rig.directory);
  const other = net.createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => other.close());
  const ssd = rig.ssd(['--port=127.0.0.1:0', ...KEPT.map(here)]);
  const worker = await rig.conductor.nextWorker();
  t.is((await rig.ssctl(['wait', 'ready'])).code, 0);
  t.is((await rig.ssctl(['reexec', '--', '--nonsense'])).code, 1);
  const {state} = await watchState(rig, ssd);
  await state();
  const before = await state();
  const port = Number(before.listeners.find(({name}) => name === '127.0.0.1:0')?.address.split(':')[1]);
  const {port: taken} = other.address() as net.AddressInfo;
  const fill = (text: string) => here(text.replace('IN_USE', String(taken)).replace('HELD', String(port)));
  for (const {args, says, program = SERVER} of REFUSED) {
    const line = [...args, ...(program.length > 0 ? ['--', ...program] : [])].map(fill);
    const {code, stdout, stderr} = await rig.ssctl(['reexec', '--', ...line]);
    t.is(code, 1, `${args}: ${stdout}`);
    t.regex(stderr.replaceAll(rig.directory, '@'), says);
    t.is(stderr.trimEnd().split('\n').length, 1, stderr);
    t.deepEqual(await state(), before, String(args));
    t.deepEqual(await ask(port), {generation: 1, pid: worker.pid});
  }
  t.is((await rig.ssctl(['reexec'])).code, 0);
  t.is((await state()).pid, ssd.pid);
});

test('--ready cannot change while a generation starts, and may change before and after', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd']);
  const port = await boundPort(ssd);
  const first = await rig.conductor.nextWorker();
  const wish = ['--port=127.0.0.1:0', '--ready=notify'];
  await t.throwsAsync(reexec(rig, wish), {message: /--ready cannot change while a worker is starting/});
  await first.write(4, '\n');
  await ssd.line(/generation 1 is ready/);
  await reexec(rig, wish);
  const restart = rig.ssctl(['restart']);
  const second = await rig.conductor.nextWorker();
  t.is(second.env.SSD_READY_FD, undefined);
  await second.notify('READY=1');
  t.is((await restart).code, 0);
  t.is((await ask(port)).pid, second.pid);
});
