/** What systemd does when ssd ends is the same for every unit that there is to copy. */
import {readFileSync} from 'node:fs';
import test from 'ava';
import {createRig} from '../../helpers/rig.js';
import {display, inRoot} from '../../manual/page.js';

test('every unit that is printed or written down begins again after the same ends', async t => {
  const rig = await createRig(t);
  const units = [
    (await rig.runSsd(['--print-unit', '--port=8080', '--', 'sleep', '1000'])).stdout,
    display('ssd.8', 'EXAMPLES', '[Service]'),
    ...['app.service', 'ssd@.service'].map(file => readFileSync(inRoot(`examples/systemd/${file}`), 'utf8')),
  ];
  for (const unit of units) {
    const found = unit.split('\n').filter(line => /^(KillMode|OOMPolicy|Restart\w*)=/.test(line));
    t.deepEqual(found.sort(), ENDS);
  }
});

const ENDS = [
  'KillMode=mixed',
  'OOMPolicy=continue',
  'Restart=on-failure',
  'RestartForceExitStatus=SIGHUP SIGINT SIGPIPE SIGTERM',
  'RestartPreventExitStatus=2',
];
