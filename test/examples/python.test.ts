/** `examples/python`: the command of its README, against a real ssd. */
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {send} from '../helpers/clients/control.js';
import {needs} from '../helpers/programs.js';
import {createRig, ROOT, SERVER} from '../helpers/rig.js';

const FOLDER = join(ROOT, 'examples/python');
const test = needs('python3');

test('restart.py restarts, and tells one that failed from one that is done', async t => {
  const rig = await createRig(t);
  const broken = rig.path('broken');
  const program = `[ -e ${broken} ] && { echo 'disk on fire' >&2; exit 3; }; exec ${SERVER.join(' ')}`;
  const ssd = rig.ssd(['--interval=0.1', '--capture-stderr'], ['/bin/sh', '-c', program]);
  await ssd.line(/generation 1 is ready/);
  const command = /^python3 .*$/m.exec(readFileSync(join(FOLDER, 'README.md'), 'utf8'))?.[0] ?? '';
  const words = command.replace('/run/ssd/app.sock', rig.control).split(' ');
  const restart = () => rig.run(words, {cwd: FOLDER});

  const good = await restart();
  t.deepEqual([good.code, good.stdout], [0, 'generation 2 serves\n']);
  t.regex(good.stderr, /^spawned 2$/m);

  writeFileSync(broken, '');
  const bad = await restart();
  t.deepEqual([bad.code, bad.stdout], [1, '']);
  t.regex(bad.stderr, /^disk on fire\ngeneration 3 failed: \{"type": "exited", "code": 3\}\n$/m);

  await send(rig, 'stop');
  await ssd.exit();
  t.like(await restart(), {
    code: 1,
    stdout: '',
    stderr: `cannot talk to ssd at ${rig.control}: No such file or directory\n`,
  });
  t.like(await rig.run(words.slice(0, 2), {cwd: FOLDER}), {code: 1, stderr: 'usage: restart.py SOCKET\n'});
});
