/** The clock of the machine is set while a restart waits for its interval. No deadline may move with it. */
import {writeFileSync} from 'node:fs';
import {send, status} from '../helpers/clients/control.js';
import {needs} from '../helpers/programs.js';
import {boundPort, createRig} from '../helpers/rig.js';
import {installWorker, recovers, startLightTraffic} from './scene.js';

/** Where Debian's package has it, by architecture; the dynamic loader knows `$LIB`. */
const FAKETIME = '/usr/$LIB/faketime/libfaketime.so.1';
const INTERVAL_MS = 1000;

for (const [title, years] of [
  ['ahead', '+10y'],
  ['back', '-10y'],
] as const) {
  needs('perl', 'faketime')(
    `the clock set ${title} by ten years ends no interval early, and none late`,
    async t => {
      const rig = await createRig(t);
      const clock = rig.path('clock');
      writeFileSync(clock, '+0');
      installWorker(rig.path('server'));
      const ssd = rig.ssd(['--port=127.0.0.1:0', `--interval=${INTERVAL_MS}ms`], [rig.path('server')], {
        env: {
          LD_PRELOAD: FAKETIME,
          FAKETIME_TIMESTAMP_FILE: clock,
          FAKETIME_NO_CACHE: '1',
          FAKETIME_DONT_FAKE_MONOTONIC: '1',
        },
      });
      const port = await boundPort(ssd);
      await ssd.line(/generation 1 is ready/);
      const traffic = startLightTraffic(port);
      const startedAt = performance.now();
      const restarting = send(rig, 'restart');
      await ssd.line(/generation 2 spawned/);
      writeFileSync(clock, years);

      t.like(await restarting, {verdict: 'completed', generation: 2});

      const tookMs = performance.now() - startedAt;
      t.true(tookMs >= INTERVAL_MS, `${tookMs} ms`);
      const stamp = await ssd.line(/restart completed: generation 2/);
      const now = new Date().getFullYear();
      t.is(
        Math.abs(Number(stamp.slice(0, 4)) - now) >= 9,
        true,
        `the log shows that the clock was set: ${stamp}`,
      );
      await recovers(t, {rig, ssd, port, traffic, program: rig.path('server'), behave: () => {}});
      t.like(await status(rig), {current: 3});
    },
  );
}
