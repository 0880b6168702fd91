/**
 * A worker that the kernel kills for want of memory. systemd limits the unit where it has the memory controller. In a
 * container over control groups of version 1 it has not (they are read-only there): then the test limits the processes from
 * outside, and the kernel does the same, but systemd does not hear of it.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {createRig, type Rig, SSD} from '../helpers/rig.js';
import {bootMachine, type Machine, onSystemd, PATH, show} from './machine.js';

const LIMIT = 160 * 2 ** 20;
/** It takes more than the limit, but not all of the machine should that not hold. */
const EATER = `#!/usr/bin/perl
use strict; use warnings;
open my $ready, '>&=', $ENV{SSD_READY_FD} or die $!;
syswrite $ready, "\\n";
close $ready;
select undef, undef, undef, 0.05 until unlink '/run/eat';
my @all;
push @all, 'x' x 2**20 for 1 .. 400;
sleep 1 while 1;
`;

onSystemd('a worker that is killed for memory is replaced, and ssd and its service stay', async t => {
  const [rig, machine] = [await createRig(t), await bootMachine()];
  t.teardown(machine.end);
  machine.write('/run/eater', EATER, 0o755);
  const unit = [
    '[Service]',
    'Type=notify',
    `Environment=PATH=${PATH}`,
    `ExecStart=${SSD} --control=/run/eater.ctl/s --ready=fd -- /run/eater`,
    'RuntimeDirectory=eater.ctl',
    'RuntimeDirectoryMode=0700',
    'KillMode=mixed',
    'OOMPolicy=continue',
    `MemoryMax=${LIMIT}`,
    'MemorySwapMax=0',
  ];
  machine.write('/run/systemd/system/eater.service', `${unit.join('\n')}\n`);
  t.is((await machine.run(rig, ['systemctl', 'start', 'eater'])).code, 0);
  const log = machine.follow(rig, 'eater');
  await log.line(/generation 1 is ready/);
  const before = await show(machine, rig, 'eater');
  if (!/^\d+$/.test(before.MemoryCurrent ?? '')) await limitFromOutside(t, rig, machine);
  machine.write('/run/eat', '');
  t.regex(await log.line(/generation 1.*(KILL|killed)/), /KILL/);
  await log.line(/generation 2 is ready/);
  t.like(await show(machine, rig, 'eater'), {
    ActiveState: 'active',
    MainPID: before.MainPID,
    NRestarts: '0',
    Result: 'success',
  });
  await machine.run(rig, ['systemctl', 'stop', 'eater']);
});

/** Puts ssd and its worker into a group of version 1. */
async function limitFromOutside(t: ExecutionContext, rig: Rig, machine: Machine): Promise<void> {
  const [, own = '/'] = /^\d+:memory:(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8')) ?? [];
  const parent = join('/sys/fs/cgroup/memory', own);
  t.true(existsSync(parent), 'there is no memory controller, neither for systemd nor for the test');
  const group = join(parent, `ssd-test-${process.pid}`);
  mkdirSync(group);
  t.teardown(() => rmdirSync(group));
  writeFileSync(join(group, 'memory.limit_in_bytes'), String(LIMIT));
  const space = (await machine.run(rig, ['readlink', '/proc/self/ns/pid'])).stdout.trim();
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name) && isOfService(name, space));
  for (const pid of pids) writeFileSync(join(group, 'cgroup.procs'), pid);
  t.is(pids.length, 2);
  t.log('limited from outside: systemd has no memory controller here');
}

function isOfService(pid: string, space: string): boolean {
  try {
    if (readlinkSync(`/proc/${pid}/ns/pid`) !== space) return false;
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes('eater.service');
  } catch {
    // It has ended.
    return false;
  }
}
