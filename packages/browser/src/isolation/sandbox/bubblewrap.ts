import type { BrowserDirectories } from '../isolation.js';
import type { SystemView } from './system-view.js';
import type { SandboxTimezone } from './timezone.js';

export interface BubblewrapOptions {
  view: SystemView;
  /** The directories that the browser shares with the host; without them it has none. */
  directories: BrowserDirectories | undefined;
  environment: Readonly<Record<string, string>>;
  /** Without one, the sandbox has that of its environment. */
  timezone: SandboxTimezone | undefined;
  /** Small read-only files that only this sandbox has: their contents, by their paths in it. */
  files: Readonly<Record<string, string>>;
  /** Number of the file descriptor to which bubblewrap writes the pid of the sandbox's first process. */
  infoFd: number;
  /** Sizes of what lies in memory, in bytes. */
  temporaryBytes: number;
  sharedMemoryBytes: number;
  /** The filter of system calls, for seccomp(2). */
  seccompFilter: Uint8Array;
  /** What runs in the sandbox: the view's program, with these arguments. */
  args: readonly string[];
}

/** Who the browser is inside: the same in every sandbox. Outside it has its own uid. */
const INSIDE_ID = 1000;

/** What programs ask about the machine and its users, made up and everywhere the same. */
const MADE_UP_FILES: Readonly<Record<string, string>> = {
  '/etc/passwd': `carrel:x:${INSIDE_ID}:${INSIDE_ID}::/tmp:/nonexistent\n`,
  '/etc/group': `carrel:x:${INSIDE_ID}:\n`,
  '/etc/hosts': '127.0.0.1 localhost\n::1 localhost\n',
  '/etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
  '/etc/machine-id': '5ca1ab1e000040008000000000000000\n',
};

/**
 * The arguments of bubblewrap, and what it reads from the file descriptors that stand in them as `@0`, `@1`, …: the same options always give
 * the same. Mounts are made in their order, so that later ones lie over earlier ones.
 */
export function bubblewrapArguments(options: BubblewrapOptions): { args: string[]; data: Uint8Array[] } {
  const { view, directories, environment } = options;
  const files = Object.entries({ ...MADE_UP_FILES, ...options.files });
  const data = [...files.map(([, content]) => Buffer.from(content)), options.seccompFilter];
  const args = [
    ...NAMESPACES,
    '--clearenv',
    ...Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]),
    ...view.links.flatMap(({ path, target }) => ['--symlink', target, path]),
    ...view.shown.flatMap(({ from, to }) => ['--ro-bind', from, to]),
    ...view.hidden.flatMap(({ path, isDirectory }) =>
      // One page is the least that a file system can be given.
      isDirectory ? ['--size', '4096', '--tmpfs', path, '--remount-ro', path] : ['--ro-bind', '/dev/null', path],
    ),
    ...files.flatMap(([path], index) => ['--perms', '0444', '--file', `@${index}`, path]),
    ...(options.timezone?.mounts ?? []),
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    ...['--perms', '1777', '--size', `${options.sharedMemoryBytes}`, '--tmpfs', '/dev/shm'],
    ...['--perms', '1777', '--size', `${options.temporaryBytes}`, '--tmpfs', '/tmp'],
    // What is mounted above has a size; these two file systems, which bubblewrap makes itself, have none.
    ...['--remount-ro', '/dev', ...shared(directories), '--remount-ro', '/'],
    '--chdir',
    directories?.profile ?? '/tmp',
    '--seccomp',
    `@${data.length - 1}`,
    '--info-fd',
    `${options.infoFd}`,
    '--',
    view.program,
    ...options.args,
  ];
  return { args, data };
}

const NAMESPACES: readonly string[] = [
  // The network namespace is there already (launcher.ts): not `--unshare-all`, which would make one that nobody listens in.
  '--unshare-user',
  '--unshare-pid',
  '--unshare-ipc',
  '--unshare-uts',
  '--unshare-cgroup-try',
  '--uid',
  `${INSIDE_ID}`,
  '--gid',
  `${INSIDE_ID}`,
  '--hostname',
  'carrel',
  '--die-with-parent',
  // No terminal to push input into (CVE-2017-5226).
  '--new-session',
  '--cap-drop',
  'ALL',
];

/** At the same paths as on the host: what the browser and we tell each other about files then needs no translation. */
function shared(directories: BrowserDirectories | undefined): string[] {
  if (directories === undefined) return [];
  const { profile, downloads, uploads } = directories;
  return [...['--bind', profile, profile], ...['--bind', downloads, downloads], ...['--ro-bind', uploads, uploads]];
}
