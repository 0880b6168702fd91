/** strace(1) makes wait4(2) fail. Living workers must not count as gone, nor dead ones as living. */
import {restart, status} from '../helpers/clients/control.js';
import {needs} from '../helpers/programs.js';
import {boundPort, createRig, type Rig, type Running, SERVER, SSD} from '../helpers/rig.js';

function startInjected(rig: Rig, fault: string): Running {
  const strace = [
    'strace',
    '-f',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    'trace=wait4',
    '-e',
    `inject=wait4:${fault}`,
  ];
  const ssd = [process.execPath, SSD, `--control=${rig.control}`, '--port=127.0.0.1:0', '--ready=fd', '--'];
  return rig.start([...strace, ...ssd, ...SERVER]);
}

for (const error of ['EINTR', 'EIO', 'ENOMEM', 'EPERM', 'ENOSYS', 'ECHILD']) {
  needs('strace')(
    `when wait4 fails with ${error} for a while, no worker is lost and none is forgotten`,
    async t => {
      const rig = await createRig(t);
      const ssd = startInjected(rig, `error=${error}:when=1..4`);
      await boundPort(ssd);
      const first = await rig.conductor.nextWorker();
      await first.write(4, '\n');
      await ssd.line(/generation 1 is ready/);
      for (const generation of [2, 3, 4]) {
        const verdict = restart(rig);
        const next = await rig.conductor.nextWorker();
        await next.write(4, '\n');
        t.like(await verdict, {verdict: 'completed', generation});
      }
      t.like(await status(rig), {current: 4});
      t.notRegex(ssd.stderr(), /lost its worker|status unknown/);
      t.is((await rig.ssctl(['stop'])).code, 0);
    },
  );
}
