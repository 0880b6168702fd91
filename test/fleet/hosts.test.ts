/** `ssctl -H` by the ssh of this machine, to real sshds on it. */
import {closeSync, openSync, readFileSync, rmSync, writeFileSync, writeSync} from 'node:fs';
import {needs} from '../helpers/programs.js';
import {type Running, SSCTL} from '../helpers/rig.js';
import {display} from '../manual/page.js';
import {alike, steps} from '../manual/session.js';
import {createFleet, type Fleet, type Site, SSHD} from './stage.js';

const test = needs(SSHD, 'ssh', 'ssh-keygen');

test('one host: what its ssctl prints is seen here, and its exit status is passed on', async t => {
  const {ssctl, sites} = await createFleet(t, ['web1']);
  const web1 = only(sites);
  const none = await ssctl(['-H', 'web1', 'status']);
  t.is(none.code, 3, none.stderr);
  web1.release();
  await web1.ssd();
  const shown = await ssctl(['-H', 'web1', 'status']);
  t.like(shown, {code: 0, stderr: ''});
  t.regex(shown.stdout, /^instance +server$/m);
  t.is((await ssctl(['-H', 'web1', 'signal', 'USR9'])).code, 2);
  const good = await ssctl(['--host=web1', 'restart']);
  t.is(good.code, 0, good.stderr);
  t.regex(good.stdout, /^generation 2 \(pid \d+\) serves/);
  web1.release('no such key: listen');
  const bad = await ssctl(['restart', '-H', 'web1']);
  t.is(bad.code, 1);
  t.regex(bad.stderr, /^ssctl: restart failed: generation 3 .* exited with status 3/m);
  t.regex(bad.stderr, /^ {4}no such key: listen$/m);
  t.is(await web1.generation(), 2);
  t.is((await ssctl(['-H', 'web1', 'cancel'])).code, 1);
});

test('several hosts: a broken release stops at the host that refuses it, and a table says so', async t => {
  const {ssctl, sites} = await createFleet(t, ['web1', 'web2', 'web3']);
  for (const site of sites) {
    site.release();
    await site.ssd();
  }
  const good = await ssctl(['-H', 'web1,web2,web3', 'restart']);
  t.is(good.code, 0, good.stderr);
  t.is(good.stdout.match(/^web\d +completed +2 +\S+$/gm)?.length, 3, good.stdout);

  sites[1]?.release('no such key: listen');
  const bad = await ssctl(['-H', 'web1,web2,web3', 'restart']);
  t.is(bad.code, 1);
  const [head, ...rows] = bad.stdout.trimEnd().split('\n');
  t.regex(head ?? '', /^HOST +VERDICT +GENERATION +TOOK +REASON$/);
  t.regex(rows[0] ?? '', /^web1 +completed +3 +\S+ +-$/);
  t.regex(
    rows[1] ?? '',
    /^web2 +failed +3 +\S+ +generation 3 .* exited with status 3 .*; generation 2 keeps serving$/,
  );
  t.regex(rows[2] ?? '', /^web3 +not tried +- +- +-$/);
  t.regex(bad.stderr, /^web2: {5}no such key: listen$/m);
  t.deepEqual(await Promise.all(sites.map(({generation}) => generation())), [3, 2, 2]);
});

test('three hosts look as the manual prints them', async t => {
  const {rig, env, sites} = await createFleet(t, ['web1', 'web2', 'web3']);
  for (const site of sites) {
    site.release();
    await site.ssd();
    t.is((await site.rig.ssctl(['restart'])).code, 0);
  }
  sites[1]?.release('config.json: no such key: listen');
  const [{command = '', printed = ''} = {}] = steps(display('ssctl.8', 'EXAMPLES', 'ssctl -H web1'));
  const line = command.replace('ssctl', `${process.execPath} ${SSCTL}`).replace('-n app ', '');
  const {code, stdout} = await rig.run(['sh', '-c', `${line} 2>&1`], {env});
  t.is(code, 1);
  t.is(alike(stdout), alike(printed));
});

test('with --json, several hosts are one document', async t => {
  const {ssctl, sites} = await createFleet(t, ['web1', 'web2']);
  only(sites).release();
  await only(sites).ssd();
  const {code, stdout, stderr} = await ssctl(['-H', 'web1,web2', '--json', 'restart', '--until=ready']);
  t.is(code, 3);
  t.is(stderr, '');
  const {hosts} = JSON.parse(stdout);
  t.like(hosts[0], {host: 'web1', verdict: 'completed', status: 0, generation: 2, reason: null});
  t.is(hosts[0].result.verdict, 'completed');
  t.like(hosts[1], {host: 'web2', verdict: 'not-running', status: 3, result: null});
});

test('why ssh has failed is one line, with the host', async t => {
  const {ssctl, sites, rig} = await createFleet(t, ['web1', 'web2']);
  const [web1, web2] = sites as [Site, Site];
  web1.sshd.kill('SIGTERM');
  await web1.sshd.exit();
  const line = async (host: string) => {
    const {code, stdout, stderr} = await ssctl(['-H', host, 'restart']);
    t.deepEqual({code, stdout}, {code: 1, stdout: ''}, stderr);
    return stderr;
  };
  t.is(
    await line('web1'),
    `ssctl: cannot reach web1 by ssh: connect to host 127.0.0.2 port ${web1.sshPort}: Connection refused\n`,
  );
  t.regex(
    await line('nowhere.invalid'),
    /^ssctl: cannot reach nowhere\.invalid by ssh: Could not resolve hostname [^\n]+\n$/,
  );
  t.regex(
    await line(`nobody-here@web2:${web2.sshPort}`),
    /^ssctl: cannot reach nobody-here@web2:\d+ by ssh: [^\n]*Permission denied \(publickey\)\n$/,
  );
  rmSync(web2.rig.path('bin/ssctl'));
  t.regex(await line('web2'), /^ssctl: there is no ssctl on web2 in the PATH of ssh: [^\n]+\n$/);
  writeFileSync(
    rig.path('known_hosts'),
    readFileSync(rig.path('known_hosts'), 'utf8').replaceAll('AAAAI', 'AAAAJ'),
  );
  t.is(await line('web2'), 'ssctl: cannot reach web2 by ssh: Host key verification failed\n');
});

test('Ctrl-C reaches the ssctl there, and none goes on unseen when the one here is killed', async t => {
  const fleet = await createFleet(t, ['web1']);
  const web1 = only(fleet.sites);
  await stubborn(web1);
  const asked = fleet.rig.start([process.execPath, SSCTL, '-H', 'web1', 'restart'], {env: fleet.env});
  await asked.line(/sending TERM to generation 1/);
  asked.kill('SIGINT');
  await asked.line(/^ssctl: interrupted; generation 2 serves, and those before it are still finishing$/);
  t.deepEqual(await asked.exit(), {code: null, signal: 'SIGINT'});

  const ended = await noted(web1);
  const follows = following(fleet);
  await follows.line(/generation 1 is ready/);
  process.kill(follows.pid, 'SIGKILL');
  t.is(await ended(), '130\n');
});

test('a lost connection is told, and ends the ssctl there', async t => {
  const fleet = await createFleet(t, ['web1']);
  const web1 = only(fleet.sites);
  await stubborn(web1);
  const ended = await noted(web1);
  const follows = following(fleet);
  await follows.line(/generation 1 is ready/);
  // The processes of the connection, but not the sshd that waits for others.
  await fleet.rig.run(['pkill', '-KILL', '-P', String(web1.sshd.pid)]);
  await follows.line(
    /^ssctl: lost the connection to web1: it was closed .*; ssd goes on there with what it was asked: ssctl -H web1 status shows it$/,
  );
  t.deepEqual(await follows.exit(), {code: 1, signal: null});
  t.is(await ended(), '130\n');
});

test('standard input is left to the script around it', async t => {
  const {rig, env, sites} = await createFleet(t, ['web1', 'web2']);
  for (const site of sites) {
    site.release();
    await site.ssd();
  }
  const script = `printf '%s\\n' web1 web2 | while read -r host; do ${process.execPath} ${SSCTL} -H "$host" --json wait ready; done`;
  const {code, stdout} = await rig.run(['sh', '-c', script], {env});
  t.is(code, 0);
  t.is(stdout.trimEnd().split('\n').length, 2, stdout);
});

test('words reach the other end as they were given', async t => {
  const {ssctl, sites} = await createFleet(t, ['web1']);
  const web1 = only(sites);
  // The last argument, as it came.
  writeFileSync(web1.rig.path('bin/ssctl'), '#!/bin/sh\nfor last; do :; done; printf %s "$last"\n');
  for (const reason of ["it's $(touch ran) `too` \\slow!", '*', '', 'two\nlines', '; exit 7 #', '-n']) {
    const {code, stdout} = await ssctl(['-H', 'web1', '--', 'reject', reason]);
    t.deepEqual({code, stdout}, {code: 0, stdout: reason});
  }
});

needs(
  SSHD,
  'ssh-keygen',
  'script',
)('on a terminal it looks as it does there, and Ctrl-C is a key', async t => {
  const {rig, env, sites} = await createFleet(t, ['web1']);
  const ssd = await stubborn(only(sites));
  await rig.run(['mkfifo', rig.path('keys')]);
  const keys = openSync(rig.path('keys'), 'r+');
  t.teardown(() => closeSync(keys));
  const terminal = `stty rows 24 cols 80; exec ${process.execPath} ${SSCTL} -H web1 restart`;
  const script = `exec script -qec '${terminal}' /dev/null < ${rig.path('keys')} >&2`;
  const asked = rig.start(['sh', '-c', script], {env: {...env, TERM: 'xterm', NO_COLOR: undefined}});
  await ssd.line(/sending TERM to generation 1/);
  writeSync(keys, '\u0003');
  await asked.line(/ssctl: interrupted; generation 2 serves/);
  t.is((await asked.exit()).code, 130);
  t.regex(asked.stderr(), /\r[|/\\-] \S+ {2}/);
});

function only(sites: readonly Site[]): Site {
  const [site] = sites;
  if (!site) throw new Error('there is no site');
  return site;
}

/** ssd with a first generation that does not finish. */
async function stubborn({rig, release, ssd}: Site): Promise<Running> {
  release();
  const started = ssd();
  const worker = await rig.conductor.nextWorker();
  await worker.beStubborn();
  return await started;
}

/** @returns a function that waits for the end of the ssctl there, and gives its status */
async function noted({rig}: Site): Promise<() => Promise<string>> {
  const [program, fifo] = [rig.path('bin/ssctl'), rig.path('ended')];
  const script = readFileSync(program, 'utf8').replace('exec ', '');
  writeFileSync(program, `${script}echo $? > ${fifo}\n`);
  await rig.run(['mkfifo', fifo]);
  return async () => (await rig.run(['cat', fifo])).stdout;
}

function following({rig, env}: Fleet) {
  const command = `exec ${process.execPath} ${SSCTL} -H web1 events --follow >&2`;
  return rig.start(['sh', '-c', command], {env});
}
