import { access, constants, readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

export type Controller = 'memory' | 'pids' | 'cpu';
export const CONTROLLERS: readonly Controller[] = ['memory', 'pids', 'cpu'];

/** A directory of a control group file system below which groups of our own can be made, and what they can limit there. */
export interface CgroupPlace {
  readonly version: 1 | 2;
  readonly directory: string;
  readonly controllers: readonly Controller[];
}

interface Mount {
  version: 1 | 2;
  /** Which group of the hierarchy the mount shows at its top. */
  root: string;
  mountPoint: string;
  options: readonly string[];
}

/** What /proc says of this process, or a copy of it. */
export interface CgroupSources {
  /** /proc/self/mountinfo */
  mountInfo: string;
  /** /proc/self/cgroup */
  membership: string;
}

export async function readCgroupSources(): Promise<CgroupSources> {
  const read = (path: string) => readFile(path, 'utf8').catch(() => ''); // not Linux, or a kernel without control groups
  const [mountInfo, membership] = await Promise.all([read('/proc/self/mountinfo'), read('/proc/self/cgroup')]);
  return { mountInfo, membership };
}

/**
 * Finds where this process may make control groups: below its own ones (version 1), or below its own or beside it (version 2, where a group
 * that has processes can have no groups with limits). Both versions may be there at once, each with some of the controllers.
 */
export async function findCgroupPlaces({ mountInfo, membership }: CgroupSources): Promise<CgroupPlace[]> {
  const mounts = parseMounts(mountInfo);
  const places: CgroupPlace[] = [];
  for (const line of membership.trim().split('\n')) {
    const [, names, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (names === undefined || path === undefined) continue;
    const place = names === '' ? await placeOfVersion2(mounts, path) : await placeOfVersion1(mounts, names.split(','), path);
    if (place !== undefined && place.controllers.length > 0) places.push(place);
  }
  return places;
}

/** The groups that limit this process's memory, its own first, then those around it, as far as they can be seen from here. */
export function memoryGroups({ mountInfo, membership }: CgroupSources): { version: 1 | 2; directory: string }[] {
  const mounts = parseMounts(mountInfo);
  return membership.split('\n').flatMap((line) => {
    const [, names, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    const isVersion2 = names === '';
    if (path === undefined || !(isVersion2 || names?.split(',').includes('memory'))) return [];
    const mount = mounts.find(({ version, options }) => (isVersion2 ? version === 2 : version === 1 && options.includes('memory')));
    if (mount === undefined) return [];
    const around = [directoryOf(mount, path)];
    for (let last = around[0] ?? ''; last !== mount.mountPoint && last !== dirname(last); last = dirname(last)) around.push(dirname(last));
    return around.map((directory) => ({ version: mount.version, directory }));
  });
}

/** All mounted hierarchies: for finding groups that were left behind, wherever they are. */
export const cgroupMountPoints = ({ mountInfo }: CgroupSources) => parseMounts(mountInfo).map(({ mountPoint }) => mountPoint);

/** proc_pid_mountinfo(5): fields up to a lone dash, then the type, the source and the options of the file system. */
function parseMounts(mountInfo: string): Mount[] {
  return mountInfo.split('\n').flatMap((line) => {
    const [place = '', fileSystem = ''] = line.split(' - ');
    const [, , , root = '', mountPoint = ''] = place.split(' ');
    const [type, , options = ''] = fileSystem.split(' ');
    if (type !== 'cgroup' && type !== 'cgroup2') return [];
    return [
      {
        version: type === 'cgroup2' ? 2 : 1,
        root: withoutEscapes(root),
        mountPoint: withoutEscapes(mountPoint),
        options: options.split(','),
      },
    ];
  });
}

const withoutEscapes = (text: string) =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** The directory of a group; in a container, a mount may begin somewhere below the hierarchy's root. */
function directoryOf({ root, mountPoint }: Mount, path: string): string {
  const below = relative(root, path);
  return below.startsWith('..') ? mountPoint : join(mountPoint, below);
}

async function placeOfVersion1(mounts: readonly Mount[], names: readonly string[], path: string): Promise<CgroupPlace | undefined> {
  const controllers = CONTROLLERS.filter((controller) => names.includes(controller));
  const mount = mounts.find(({ version, options }) => version === 1 && controllers.some((controller) => options.includes(controller)));
  if (mount === undefined) return undefined;
  const directory = directoryOf(mount, path);
  return (await isWritable(directory)) ? { version: 1, directory, controllers } : undefined;
}

async function placeOfVersion2(mounts: readonly Mount[], path: string): Promise<CgroupPlace | undefined> {
  const mount = mounts.find(({ version }) => version === 2);
  if (mount === undefined) return undefined;
  const own = directoryOf(mount, path);
  const candidates = own === mount.mountPoint ? [own] : [own, dirname(own)];
  for (const directory of candidates) {
    if (!(await isWritable(directory))) continue;
    const enabled = await wordsOf(join(directory, 'cgroup.subtree_control'));
    const isOccupied = own !== mount.mountPoint && (await wordsOf(join(directory, 'cgroup.procs'))).length > 0;
    const possible = isOccupied ? enabled : [...enabled, ...(await wordsOf(join(directory, 'cgroup.controllers')))];
    const controllers = CONTROLLERS.filter((controller) => possible.includes(controller));
    if (controllers.length > 0) return { version: 2, directory, controllers };
  }
  return undefined;
}

const wordsOf = async (path: string) => {
  const text = await readFile(path, 'utf8').catch(() => ''); // no such file: it has no controllers
  return text.split(/\s+/).filter((word) => word !== '');
};

/** The superuser may write everywhere, except on file systems that are mounted read-only. */
const isWritable = (directory: string) =>
  access(join(directory, 'cgroup.procs'), constants.W_OK)
    .then(() => readdir(directory))
    .then(
      () => true,
      () => false,
    );
