/** The image of examples/docker: what its README says is so. */
import {askInside, createContainer, inContainer, line, stopWorker, USER} from './container.js';

inContainer(
  'the container serves without root and without a place to write, and restarts and stops as its README says',
  async t => {
    const container = await createContainer(t);
    const {running, docker, exec} = container;
    t.is((await exec('id', '-u')).stdout, `${USER}\n`);
    t.not((await exec('touch', '/srv/app/x')).code, 0);
    t.is((await docker('healthcheck', 'run', 'app')).code, 0);
    t.regex(await askInside(container), /^generation 1,/);

    for (const command of ['exec app ssctl restart', 'exec app ssctl status']) {
      const {code, stderr} = await docker(...line(command));
      t.is(code, 0, stderr);
    }
    t.regex(await askInside(container), /^generation 2,/);

    t.is((await docker(...line('stop'))).code, 0);
    await running.line(/stop requested \(TERM\)/);
    t.is((await running.exit()).code, 0);
  },
);

inContainer('the container stops gracefully at the SIGQUIT of a base image', async t => {
  const {running, docker} = await createContainer(t, '--stop-signal=SIGQUIT');
  t.is((await docker(...line('stop'))).code, 0);
  await running.line(/stop requested \(QUIT\)/);
  t.is((await running.exit()).code, 0);
});

inContainer('the health check fails when nothing serves', async t => {
  const container = await createContainer(t);
  t.is((await stopWorker(container)).code, 0);
  t.is((await container.docker('healthcheck', 'run', 'app')).code, 1);
});
