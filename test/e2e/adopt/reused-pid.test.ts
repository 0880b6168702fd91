/** The kernel really gives the pid of a worker to another process, and nobody signals that. */
import {spawnSync} from 'node:child_process';
import test, {type ExecutionContext} from 'ava';
import {createRig, fixture, INSTALLED} from '../../helpers/rig.js';

const NAMESPACE = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
const UNTOUCHED = /^the stranger was S and got: $/m;

reusing('the pid of a worker is given away before the next start', 'before', (t, output) => {
  t.regex(output, /pid \d+ \(perl\) of generation 1 is not taken over: another process has this pid now/);
  t.regex(output, /^ssd ended with 0$/m);
});

reusing('the pid of a worker is given away after it was taken over', 'after', (t, output) => {
  t.regex(output, /^ssd ended with 0$/m);
});

reusing('the pid of a worker is given away before ssctl stop --orphans', 'orphans', (t, output) => {
  t.regex(output, /^ssctl ended with 3$/m);
});

type Judge = (t: ExecutionContext, output: string) => void;

function reusing(what: string, when: string, judge: Judge): void {
  const declare = mayReuse() ? test : test.skip;
  declare(`${what}: the stranger gets no signal`, async t => {
    const rig = await createRig(t);
    const script = ['perl', fixture('reused-pid.pl'), when, INSTALLED.ssd, INSTALLED.ssctl, rig.control];
    const {code, stdout, stderr} = await rig.run([...NAMESPACE, ...script]);
    t.is(code, 0, stderr);
    judge(t, stdout);
    t.regex(stdout, UNTOUCHED);
  });
}

/** It needs root, and a kernel that lets root say which pid is next. */
function mayReuse(): boolean {
  const [command = '', ...args] = [...NAMESPACE, 'sh', '-c', 'echo 1000 >/proc/sys/kernel/ns_last_pid'];
  return process.getuid?.() === 0 && spawnSync(command, args, {stdio: 'ignore'}).status === 0;
}
