import test from 'ava';
import {usableProcessors} from '../../../../src/daemon/system/processors/usable.js';

const V1 = '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct';
const V2 = '41 31 0:38 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate';

type Machine = {
  readonly allowed?: string;
  readonly mounts: readonly string[];
  readonly group: string;
  readonly files: Readonly<Record<string, string>>;
};

const processors = test.macro((t, {allowed = 'ff', mounts, group, files}: Machine, expected: number) => {
  const all: Readonly<Record<string, string>> = {
    '/proc/self/status': `Name:\tnode\nCpus_allowed:\t${allowed}\nCpus_allowed_list:\t0-7\n`,
    '/proc/self/mountinfo': ['22 1 8:1 / / rw - ext4 /dev/sda1 rw', ...mounts, ''].join('\n'),
    '/proc/self/cgroup': `${group}\n`,
    ...files,
  };
  t.is(
    usableProcessors(path => all[path] ?? null, 64),
    expected,
  );
});

test('as many as the process may run on', processors, {mounts: [], group: '0::/', files: {}}, 8);
test(
  'the mask of a large machine has commas',
  processors,
  {allowed: 'f,00000000,ffffffff', mounts: [], group: '0::/', files: {}},
  36,
);
test(
  'version 2: the quota is rounded up',
  processors,
  {mounts: [V2], group: '0::/a', files: {'/sys/fs/cgroup/a/cpu.max': '150000 100000\n'}},
  2,
);
test(
  'version 2: less than one is one',
  processors,
  {mounts: [V2], group: '0::/a', files: {'/sys/fs/cgroup/a/cpu.max': '5000 100000\n'}},
  1,
);
test(
  'version 2: the smallest quota up to the top counts',
  processors,
  {
    mounts: [V2],
    group: '0::/a/b/c',
    files: {
      '/sys/fs/cgroup/a/b/c/cpu.max': '400000 100000\n',
      '/sys/fs/cgroup/a/b/cpu.max': 'max 100000\n',
      '/sys/fs/cgroup/a/cpu.max': '300000 100000\n',
    },
  },
  3,
);
test(
  'version 2: max is no quota, and a group without the controller has none',
  processors,
  {mounts: [V2], group: '0::/a/b', files: {'/sys/fs/cgroup/a/cpu.max': 'max 100000\n'}},
  8,
);
test(
  'the mask counts where the quota is larger',
  processors,
  {allowed: '3', mounts: [V2], group: '0::/a', files: {'/sys/fs/cgroup/a/cpu.max': '400000 100000\n'}},
  2,
);
test(
  'version 1: the quota of the group and of those above',
  processors,
  {
    mounts: [V1],
    group: '5:cpuset:/x\n4:cpu,cpuacct:/a/b\n0::/',
    files: {
      '/sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us': '250000\n',
      '/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us': '50000\n',
    },
  },
  5,
);
test(
  'version 1: cpuacct and cpuset are other controllers',
  processors,
  {
    mounts: ['1 2 0:3 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset'],
    group: '5:cpuset:/x',
    files: {
      '/sys/fs/cgroup/cpuset/x/cpu.cfs_quota_us': '1',
      '/sys/fs/cgroup/cpuset/x/cpu.cfs_period_us': '1',
    },
  },
  8,
);
test(
  'in a container of version 1 the mounted top is the group itself',
  processors,
  {
    mounts: ['1 2 0:3 /docker/7f /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu'],
    group: '4:cpu:/docker/7f',
    files: {
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '200000',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000',
    },
  },
  2,
);
test(
  'a group outside of the namespace is unknown, and the limit of the top counts',
  processors,
  {mounts: [V2], group: '0::/../other', files: {'/sys/fs/cgroup/cpu.max': '200000 100000'}},
  2,
);
test(
  'a mount point with a space in it',
  processors,
  {
    mounts: ['1 2 0:3 / /my\\040groups rw - cgroup2 cgroup2 rw'],
    group: '0::/a:b',
    files: {'/my groups/a:b/cpu.max': '100000 100000'},
  },
  1,
);

test('without /proc, what is known otherwise', t => {
  t.is(
    usableProcessors(() => null, 6),
    6,
  );
});

test('files with anything in them are no quota', t => {
  for (const text of ['', '\0', 'max', '0 0', '1 0', '-5 100000', 'a b', ' '.repeat(9)]) {
    const read = (path: string) => {
      if (path === '/proc/self/mountinfo') return V2;
      if (path === '/proc/self/cgroup') return '0::/\nx\n:::\n0:';
      return path.endsWith('cpu.max') ? text : null;
    };
    t.is(usableProcessors(read, 6), 6, JSON.stringify(text));
  }
});
