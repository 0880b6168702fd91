/** A deploy exchanges the directory in which ssd runs, or a link to it: the program and its directory stay together. */
import {mkdirSync, renameSync, symlinkSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {problemsOf} from '../../helpers/clients/control.js';
import {createRig, type Rig, SSD} from '../../helpers/rig.js';

const RELEASE = (name: string) => `#!/bin/sh
echo "program ${'$'}0 of ${name} in $(cat release)" >&2
exec sleep 1000
`;

function makeRelease(rig: Rig, name: string): void {
  for (const directory of [name, `${name}/sub`]) {
    mkdirSync(rig.path(directory));
    writeFileSync(rig.path(`${directory}/server`), RELEASE(name), {mode: 0o755});
    writeFileSync(rig.path(`${directory}/release`), name);
  }
}

type Case = {
  readonly args: (rig: Rig) => readonly string[];
  readonly program: string;
  readonly expected: string;
  readonly env?: Readonly<Record<string, string>>;
};

const CASES: Readonly<Record<string, Case>> = {
  'a relative program': {args: () => [], program: './server', expected: 'old in old'},
  'a relative program in a relative --dir': {
    args: () => ['--dir=sub'],
    program: './server',
    expected: 'old in old',
  },
  'a program by a relative PATH': {
    args: () => [],
    program: 'server',
    expected: 'old in old',
    env: {PATH: `:${process.env.PATH}`},
  },
  'a relative program in an absolute --dir': {
    args: rig => [`--dir=${rig.path('app')}`],
    program: './server',
    expected: 'new in new',
  },
};

for (const [what, {args, program, expected, env = {}}] of Object.entries(CASES)) {
  test(`after the start directory was swapped, ${what} is ${expected}`, async t => {
    const rig = await createRig(t);
    makeRelease(rig, 'old');
    renameSync(rig.path('old'), rig.path('app'));
    const command = [process.execPath, SSD, `--control=${rig.control}`, '--interval=0.1', ...args(rig)];
    const ssd = rig.start([...command, '--', program], {cwd: rig.path('app'), env});
    await ssd.line(/program \S+ of old in old/);
    await ssd.line(/generation 1 is ready/);
    makeRelease(rig, 'new');
    renameSync(rig.path('app'), rig.path('app.old'));
    renameSync(rig.path('new'), rig.path('app'));
    ssd.kill('SIGHUP');
    t.regex(await ssd.line(/^program/), new RegExp(`of ${expected}$`));
  });
}

const SWITCHES: Readonly<Record<string, Omit<Case, 'program'> & {readonly cwd: string}>> = {
  'with the link as --dir': {
    args: rig => [`--dir=${rig.path('current')}`],
    cwd: '.',
    expected: 'new in new',
  },
  'with the link as a relative --dir': {args: () => ['--dir=current'], cwd: '.', expected: 'new in new'},
  'started in the link': {args: () => [], cwd: 'current', expected: 'old in old'},
};

for (const [how, {args, cwd, expected}] of Object.entries(SWITCHES)) {
  test(`after a symbolic link was switched, ssd ${how} runs ${expected}`, async t => {
    const rig = await createRig(t);
    for (const name of ['old', 'new']) makeRelease(rig, name);
    symlinkSync('old', rig.path('current'));
    const command = [process.execPath, SSD, `--control=${rig.control}`, '--interval=0.1', ...args(rig)];
    const ssd = rig.start([...command, '--', './server'], {cwd: rig.path(cwd)});
    await ssd.line(/program \S+ of old in old/);
    await ssd.line(/generation 1 is ready/);
    symlinkSync('new', rig.path('next'));
    renameSync(rig.path('next'), rig.path('current'));
    ssd.kill('SIGHUP');
    t.regex(await ssd.line(/^program/), new RegExp(`of ${expected}$`));
  });
}

test('the command of --ready=exec runs in the directory of the worker', async t => {
  const rig = await createRig(t);
  mkdirSync(rig.path('app'));
  writeFileSync(rig.path('app/here'), '');
  const ssd = rig.ssd([`--dir=${rig.path('app')}`, '--ready=exec=test -e here', '--ready-timeout=10s']);
  await ssd.line(/generation 1 is ready/);
  t.pass();
});

test('a link to the start directory that was switched is a warning of each restart, until it is switched back', async t => {
  const rig = await createRig(t);
  makeRelease(rig, 'v1');
  makeRelease(rig, 'v2');
  const current = rig.path('current');
  const switchTo = (name: string) => {
    symlinkSync(name, rig.path('next'));
    renameSync(rig.path('next'), current);
  };
  switchTo('v1');
  const ssd = rig.ssd(['--interval=0.1'], ['./server'], {cwd: current, env: {PWD: current}});
  await ssd.line(/generation 1 is ready/);
  const warning = `${current} is not the directory any more in which ssd was started, and workers run in ${rig.path('v1')}`;
  const restarted = async () => (await rig.ssctl(['restart'])).stderr.includes(warning);
  t.false(await restarted());
  switchTo('v2');
  t.true(await restarted());
  t.like(await problemsOf(rig), [{code: 'start-directory', subject: current, cause: rig.path('v1')}]);
  switchTo('v1');
  t.false(await restarted());
  t.deepEqual(await problemsOf(rig), []);
});

test('with --dir there is nothing to warn of', async t => {
  const rig = await createRig(t);
  makeRelease(rig, 'v1');
  makeRelease(rig, 'v2');
  const current = rig.path('current');
  symlinkSync('v1', current);
  const ssd = rig.ssd(['--interval=0.1', `--dir=${current}`], ['./server'], {
    cwd: current,
    env: {PWD: current},
  });
  await ssd.line(/generation 1 is ready/);
  symlinkSync('v2', rig.path('next'));
  renameSync(rig.path('next'), current);
  t.false((await rig.ssctl(['restart'])).stderr.includes('warning'));
  await ssd.line(/of v2 in v2/);
});
