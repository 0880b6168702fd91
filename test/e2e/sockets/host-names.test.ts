import {writeFileSync} from 'node:fs';
import {needs} from '../../helpers/programs.js';
import {ask, createRig, INSTALLED, type Rig, SERVER} from '../../helpers/rig.js';
import {asRoot} from '../../helpers/root.js';
import {answerOf, freePort} from '../../helpers/sockets.js';

/** An ssd for which these are the hosts of the machine. */
function withHosts(rig: Rig, hosts: string, args: readonly string[]) {
  writeFileSync(rig.path('hosts'), hosts);
  const mount = `mount --bind ${rig.path('hosts')} /etc/hosts && exec "$@"`;
  const command = [INSTALLED.ssd, `--control=${rig.control}`, ...args, '--', ...SERVER];
  return rig.start(['unshare', '-m', 'sh', '-c', mount, 'sh', ...command]);
}

const BOTH = '::1 two.test\n127.0.0.1 two.test\n127.0.0.2 two.test\n';
const withMounts = needs('unshare', 'mount');

asRoot(
  'a name with several addresses is bound at the first of IPv4, and a line names the others',
  async t => {
    const rig = await createRig(t);
    const port = await freePort();
    const ssd = withHosts(rig, BOTH, [`--port=two.test:${port}`]);
    const {env, pid} = await rig.conductor.nextWorker();
    t.is(env.SERVER_STARTER_PORT, `two.test:${port}=3`);
    t.deepEqual(await ask(port), {generation: 1, pid});
    await t.throwsAsync(answerOf({host: '::1', port}), {code: 'ECONNREFUSED'});
    const [v4, v6] = [`127.0.0.2:${port}`, `[::1]:${port}`];
    const line = `two.test:${port} is also ${v4}, ${v6}, where ssd does not listen; to listen there too, add --port=${v4} --port=${v6}`;
    t.true((await ssd.told()).includes(line), ssd.stderr());
  },
  withMounts,
);

asRoot(
  'nothing is said of addresses where another listener is',
  async t => {
    const rig = await createRig(t);
    const port = await freePort();
    const ports = [`--port=two.test:${port}`, `--port=[::]:${port}`, `--port=127.0.0.2:${port}`];
    const ssd = withHosts(rig, BOTH, ports);
    await rig.conductor.nextWorker();
    t.notRegex(await ssd.told(), /is also/);
  },
  withMounts,
);

asRoot(
  'a name that has IPv6 addresses only is bound there',
  async t => {
    const rig = await createRig(t);
    // Not ::1, for which glibc finds 127.0.0.1, too.
    const ssd = withHosts(rig, '2001:db8::1 six.test\n', ['--port=six.test:8080', '--freebind']);
    await rig.conductor.nextWorker();
    t.regex(await ssd.told(), /listening on tcp \[2001:db8::1\]:8080/);
    t.notRegex(await ssd.told(), /is also/);
  },
  withMounts,
);
