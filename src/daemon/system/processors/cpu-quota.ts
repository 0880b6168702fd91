/**
 * The quota of processor time that the control groups of this process set, version 1 (`cpu.cfs_quota_us`) and version 2
 * (`cpu.max`; Documentation/admin-guide/cgroup-v2.rst and scheduler/sched-bwc.rst of the kernel). Pure.
 */

/** @returns the text of a file, or null if it cannot be read */
export type ReadText = (path: string) => string | null;

/** A mounted hierarchy of control groups: the group at its top, and where it is. */
type Mount = {readonly version: 1 | 2; readonly root: string; readonly point: string};

/**
 * A group has no more than the groups above it. So all are asked, up to the top of what is mounted here.
 *
 * @returns in processors, such as 1.5; Infinity where nothing limits it
 */
export function smallestQuota(read: ReadText): number {
  const groups = (read('/proc/self/cgroup') ?? '').split('\n');
  const mounts = (read('/proc/self/mountinfo') ?? '').split('\n').flatMap(mountOf);
  const quotas = mounts.flatMap(mount => {
    const path = groups.map(line => pathIn(mount, line)).find(found => found !== null);
    if (path === undefined || path === null) return [];
    return directoriesOf(mount, path).map(directory => quotaOf(mount, directory, read));
  });
  return Math.min(...quotas, Number.POSITIVE_INFINITY);
}

/** @param line a line of /proc/PID/mountinfo (proc(5)) */
function mountOf(line: string): Mount[] {
  const [before = '', after = ''] = line.split(' - ');
  const [, , , root = '/', point = ''] = before.split(' ').map(decodeOctal);
  const [type, , options = ''] = after.split(' ');
  if (type === 'cgroup2') return [{version: 2, root, point}];
  return type === 'cgroup' && options.split(',').includes('cpu') ? [{version: 1, root, point}] : [];
}

/** The kernel writes a space, a tab, a line end and a backslash in octal. */
function decodeOctal(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** @param line a line of /proc/PID/cgroup (cgroups(7)) @returns the path of the group, if the line is about this hierarchy */
function pathIn({version}: Mount, line: string): string | null {
  const [, id, controllers = '', path = ''] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
  if (id === undefined) return null;
  const isMeant = version === 2 ? id === '0' : controllers.split(',').includes('cpu');
  return isMeant ? path : null;
}

/**
 * The group and those above it. In a container, the mounted top can be a group further down or, with a namespace of control
 * groups, a group can be outside of it (`/..`). What is known then is the limit of the top.
 */
function directoriesOf({root, point}: Mount, path: string): readonly string[] {
  const top = root === '/' ? '' : root;
  const isBelow = path === root || path.startsWith(`${top}/`);
  const names = isBelow ? path.slice(top.length).split('/') : [];
  if (names.includes('..')) return [point];
  const directories = [point];
  for (const name of names.filter(one => one !== '')) directories.push(`${directories.at(-1)}/${name}`);
  return directories;
}

function quotaOf({version}: Mount, directory: string, read: ReadText): number {
  const [quota, period] =
    version === 2
      ? (read(`${directory}/cpu.max`) ?? '').trim().split(' ')
      : [read(`${directory}/cpu.cfs_quota_us`), read(`${directory}/cpu.cfs_period_us`)];
  const processors = Number(quota || Number.NaN) / Number(period || Number.NaN);
  // `max` and -1 mean that there is none. The group at the top has no such files.
  return processors > 0 ? processors : Number.POSITIVE_INFINITY;
}
