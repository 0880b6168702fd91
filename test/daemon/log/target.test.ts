import {spawnSync} from 'node:child_process';
import {mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {jsonOf, limited, scriptCommand, source} from '../../helpers/adapters/script.js';
import {createRig, type Rig} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';

/** A log target in a process of its own, whose standard output and error it takes. */
const script = (body: string) => `
  import {existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, renameSync, rmSync, writeSync, writeFileSync} from 'node:fs';
  import {openLogTarget} from '${source('daemon/log/target')}';
  import {watchChildren} from '${source('daemon/workers/children')}';
  const alive = setInterval(() => {}, 20_000);
  const children = watchChildren();
  const ends = [];
  let onEnd = () => {};
  const nextEnd = () => new Promise(resolve => { onEnd = resolve; });
  const open = (target, background = false) => openLogTarget(target, {
    children, background, onCommandEnd: (ending, lostBytes) => { ends.push([ending, lostBytes]); onEnd(); },
    onCommandLives: () => {},
  });
  const isPrivate = fd =>
    (Number.parseInt(/^flags:\\s*(\\d+)$/m.exec(readFileSync('/proc/self/fdinfo/' + fd, 'utf8'))[1], 8) & 0o2000000) !== 0;
  const placeOf = fd => readlinkSync('/proc/self/fd/' + fd);
  const openFds = () => readdirSync('/proc/self/fd').length;
  const causeOf = action => { try { action(); } catch (error) { return error.failure?.cause ?? String(error); } };
  const told = [];
  const tell = value => told.push(value);
  ${body}
  writeFileSync('told', JSON.stringify(told));
  clearInterval(alive);`;

async function told(rig: Rig, body: string, command: readonly string[] = []): Promise<unknown> {
  const {code, stderr} = await rig.run([...command, ...scriptCommand(script(body))]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(readFileSync(rig.path('told'), 'utf8'));
}

test('standard output and error go to the end of the file, for every worker too, until they are put back', async t => {
  const rig = await createRig(t);
  writeFileSync(rig.path('log'), 'before\n');
  const body = `
    const before = [1, 2].map(placeOf);
    const fds = openFds();
    const target = open('log');
    tell(target.path === process.cwd() + '/log');
    const redirection = target.redirect();
    tell([1, 2].map(isPrivate));
    writeSync(1, 'out\\n');
    writeSync(2, 'err\\n');
    redirection.restore();
    redirection.restore();
    redirection.commit();
    tell(JSON.stringify([1, 2].map(placeOf)) === JSON.stringify(before));
    target.close();
    tell(openFds() === fds);`;
  t.deepEqual(await told(rig, body), [true, [false, false], true, true]);
  t.is(readFileSync(rig.path('log'), 'utf8'), 'before\nout\nerr\n');
});

test('a commit closes the former standard output and error', async t => {
  const rig = await createRig(t);
  const body = `
    const former = placeOf(2);
    const target = open('log');
    const redirection = target.redirect();
    const count = () => readdirSync('/proc/self/fd').filter(fd => {
      try { return placeOf(fd) === former; } catch { return false; }
    }).length;
    tell(count());
    redirection.commit();
    redirection.restore();
    tell(count());
    tell([1, 2].map(placeOf));`;
  const log = rig.path('log');
  t.deepEqual(await told(rig, body), [1, 0, [log, log]]);
});

test('a renamed file is opened again; if that fails, the old one stays in use', async t => {
  const rig = await createRig(t);
  mkdirSync(rig.path('d'));
  const body = `
    const target = open('d/log');
    const fds = openFds();
    target.redirect().commit();
    writeSync(2, 'one\\n');
    renameSync('d/log', 'd/log.1');
    writeSync(2, 'two\\n');
    tell(target.reopen());
    writeSync(2, 'three\\n');
    writeSync(1, 'four\\n');
    renameSync('d', 'e');
    tell(target.reopen());
    writeSync(2, 'five\\n');
    tell(openFds() - fds);`;
  t.deepEqual(await told(rig, body), [null, 'ENOENT', 0]);
  t.is(readFileSync(rig.path('e/log.1'), 'utf8'), 'one\ntwo\n');
  t.is(readFileSync(rig.path('e/log'), 'utf8'), 'three\nfour\nfive\n');
  t.is(statSync(rig.path('e/log')).mode & 0o777, 0o666 & ~process.umask());
});

const refused = (name: string, cause: string, prepare: (rig: Rig) => void = () => {}) =>
  test(`${name} is refused as a log file: ${cause}`, async t => {
    const rig = await createRig(t);
    prepare(rig);
    const body = `const fds = openFds(); tell(causeOf(() => open('${name}'))); tell(openFds() - fds);`;
    t.deepEqual(await told(rig, body), [cause, 0]);
  });

refused('directory', 'EISDIR', rig => mkdirSync(rig.path('directory')));
refused('no/log', 'ENOENT');
refused('file/log', 'ENOTDIR', rig => writeFileSync(rig.path('file'), ''));
refused('fifo', 'ENXIO', rig => void spawnSync('mkfifo', [rig.path('fifo')]));

asRoot('a file that another user may not write is refused', async t => {
  const rig = await createRig(t);
  writeFileSync(rig.path('log'), '');
  const body = 'console.log(JSON.stringify(causeOf(() => open(process.argv[1])))); process.exit();';
  const options = {uid: STRANGER, cwd: '/'};
  t.is(await jsonOf(rig, scriptCommand(script(body), rig.path('log')), options), 'EACCES');
});

test('a command reads what is written, and sees the end when all writers have closed the pipe', async t => {
  const rig = await createRig(t);
  spawnSync('mkfifo', [rig.path('done')]);
  const body = `
    const target = open(' |  cat >out; echo over >done');
    tell(target.path);
    tell(target.reopen());
    const redirection = target.redirect();
    writeSync(1, 'out\\n');
    writeSync(2, 'err\\n');
    redirection.restore();
    target.close();
    tell(readFileSync('done', 'utf8'));
    tell(ends);`;
  t.deepEqual(await told(rig, body), [null, null, 'over\n', []]);
  t.is(readFileSync(rig.path('out'), 'utf8'), 'out\nerr\n');
});

test('the end of a command is reported; it is started again, and gets what was written meanwhile', async t => {
  const rig = await createRig(t);
  const body = `
    const again = nextEnd();
    const target = open('|head -n1 >>out; test $(wc -l <out) = 2 || { sleep 1; exit 3; }');
    const redirection = target.redirect();
    writeSync(2, 'one\\n');
    await again;
    const last = nextEnd();
    writeSync(2, 'two\\n');
    await last;
    redirection.restore();
    target.close();
    tell(ends);`;
  t.deepEqual(await told(rig, body), [
    [
      [{type: 'exited', code: 3}, 0],
      [{type: 'exited', code: 0}, 0],
    ],
  ]);
  t.is(readFileSync(rig.path('out'), 'utf8'), 'one\ntwo\n');
});

test('the unread output of a command that dies at once is discarded and counted', async t => {
  const rig = await createRig(t);
  const body = `
    const ended = nextEnd();
    const target = open('|exit 7');
    const redirection = target.redirect();
    writeSync(2, 'x'.repeat(5000));
    await ended;
    redirection.restore();
    target.close();
    tell(ends);`;
  t.deepEqual(await told(rig, body), [[[{type: 'exited', code: 7}, 5000]]]);
});

test('in the background a command prints nowhere', async t => {
  const rig = await createRig(t);
  spawnSync('mkfifo', [rig.path('done')]);
  const body = `
    const target = open('|at=$(readlink /proc/$$/fd/1); echo $at >done; cat', true);
    tell(readFileSync('done', 'utf8'));
    target.close();`;
  t.deepEqual(await told(rig, body), ['/dev/null\n']);
});

test('a command for which no descriptor is left is refused, and its opened descriptors are closed', async t => {
  const rig = await createRig(t);
  const body = `
    const {closeSync, openSync} = await import('node:fs');
    const takeAll = () => {
      const taken = [];
      try { for (;;) taken.push(openSync('/dev/null', 'r')); } catch {}
      return taken;
    };
    for (const left of [0, 1, 2, 3]) {
      const taken = takeAll();
      for (const fd of taken.splice(0, left)) closeSync(fd);
      const cause = causeOf(() => open('| cat'));
      const again = takeAll();
      for (const fd of [...taken, ...again]) closeSync(fd);
      tell([cause, again.length]);
    }
  `;
  const expected = [0, 1, 2, 3].map(left => ['EMFILE', left]);
  t.deepEqual(await told(rig, body, limited('n', 64, [])), expected);
});
