import { chown, mkdir, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type BrowserKind, CarrelError } from '@carrel/protocol';
import { ChromiumProcess, chromiumFlags, commandLine, findChromium, findProcesses, killTree } from '../chromium/index.js';
import type { BrowserDirectories, IsolatedBrowser, Isolation, LaunchRequest } from './isolation.js';
import { UidAllocator } from './uids.js';

export interface ProcessIsolationOptions {
  /** Directory for the browsers' own directories, made by `makeRunDirectory`. */
  runDirectory: string;
  executablePaths: Partial<Record<BrowserKind, string | undefined>>;
  /** Start Chromium without its own sandbox. */
  allowNoSandbox: boolean;
}

const SETPRIV = '/usr/bin/setpriv';
const MIN_SHARED_MEMORY_BYTES = 256 * 1024 * 1024;

/**
 * The level `process`: an own process tree and user-data-dir, Chromium's own sandbox, and as root an unprivileged uid of its own.
 */
export class ProcessIsolation implements Isolation {
  readonly level = 'process';
  readonly reasons = ['The sandbox level is not built yet.'];
  readonly #options: ProcessIsolationOptions;
  readonly #uids: UidAllocator | undefined;
  readonly #hasSetpriv: boolean;
  readonly #hasSharedMemory: boolean;

  private constructor(options: ProcessIsolationOptions, uids: UidAllocator | undefined, hasSetpriv: boolean, hasSharedMemory: boolean) {
    this.#options = options;
    this.#uids = uids;
    this.#hasSetpriv = hasSetpriv;
    this.#hasSharedMemory = hasSharedMemory;
  }

  static async create(options: ProcessIsolationOptions): Promise<ProcessIsolation> {
    const [uids, hasSetpriv, hasSharedMemory] = await Promise.all([UidAllocator.create(), exists(SETPRIV), hasEnoughSharedMemory()]);
    if (uids !== undefined && !hasSetpriv) {
      throw new CarrelError('launch_failed', 'Running as root needs setpriv (package util-linux) to give browsers uids of their own.');
    }
    return new ProcessIsolation(options, uids, hasSetpriv, hasSharedMemory);
  }

  async launch(request: LaunchRequest): Promise<IsolatedBrowser> {
    const { executablePath } = await findChromium(request.kind, { executablePath: this.#options.executablePaths[request.kind] });
    const uid = this.#uids?.take();
    const home = join(this.#options.runDirectory, request.id);
    const remove = async () => {
      await rm(home, { recursive: true, force: true, maxRetries: 3 });
      if (uid !== undefined) this.#uids?.release(uid);
    };
    // The parent stays ours: a compromised browser cannot put a link in the place of a directory that we read.
    await mkdir(home, { mode: uid === undefined ? 0o700 : 0o711 });
    try {
      const directories = await makeDirectories(home, uid);
      const flags = chromiumFlags({
        kind: request.kind,
        userDataDir: directories.profile,
        windowSize: request.windowSize,
        noSandbox: this.#options.allowNoSandbox,
        hasSharedMemory: this.#hasSharedMemory,
      });
      const [command = '', ...args] = [...this.#prefix(uid), executablePath, ...flags];
      const child = await ChromiumProcess.spawn({ command, args, cwd: home, env: environment(home) });
      return {
        readable: child.readable,
        writable: child.writable,
        exited: child.exited,
        directories,
        uid,
        kill: () => killTree(child.pid, uid),
        remove,
      };
    } catch (cause) {
      await remove();
      throw cause instanceof CarrelError
        ? cause
        : new CarrelError('launch_failed', `Chromium could not be started: ${String(cause)}`, { cause });
    }
  }

  async sweep(): Promise<string[]> {
    const { runDirectory } = this.#options;
    const ids = await readdir(runDirectory);
    await Promise.all(
      ids.map(async (id) => {
        const home = join(runDirectory, id);
        for (const pid of findProcesses(({ pid }) => commandLine(pid).includes(`--user-data-dir=${home}/`))) await killTree(pid, undefined);
        await killUid(join(home, 'profile'));
        await rm(home, { recursive: true, force: true, maxRetries: 3 });
      }),
    );
    return ids;
  }

  /**
   * What runs Chromium: setpriv drops to the browser's uid, forbids regaining privileges, and has the kernel kill Chromium when this
   * process dies, however it dies. A setuid sandbox helper would not work under `--no-new-privs`; the namespace sandbox does.
   */
  #prefix(uid: number | undefined): string[] {
    if (!this.#hasSetpriv) return [];
    const drop = uid === undefined ? [] : ['--reuid', `${uid}`, '--regid', `${uid}`, '--clear-groups', '--inh-caps=-all'];
    return [SETPRIV, ...drop, '--no-new-privs', '--pdeathsig', 'KILL', '--'];
  }
}

async function makeDirectories(home: string, uid: number | undefined): Promise<BrowserDirectories> {
  const own = async (name: string) => {
    const path = join(home, name);
    await mkdir(path, { mode: 0o700 });
    if (uid !== undefined) await chown(path, uid, uid);
    return path;
  };
  const [profile, downloads, uploads] = await Promise.all([
    own('profile'),
    own('downloads'),
    mkdir(join(home, 'uploads'), { mode: uid === undefined ? 0o700 : 0o711 }).then(() => join(home, 'uploads')),
    own('tmp'),
  ]);
  return { profile, downloads, uploads };
}

/**
 * All of Chromium's environment: nothing of ours, which holds keys and passwords, gets to it. Its working directory is `home`, and on Linux
 * it is told of its temporary directory by way of that: full Chromium makes a Unix socket there, whose path may have 107 bytes, and ends at
 * its start when the path of a run directory makes it longer.
 */
function environment(home: string): Record<string, string> {
  return {
    HOME: join(home, 'profile'),
    TMPDIR: process.platform === 'linux' ? '/proc/self/cwd/tmp' : join(home, 'tmp'),
    PATH: '/usr/bin:/bin',
    LANG: 'C.UTF-8',
    // No desktop services: there is nobody there, and looking for them takes time.
    DBUS_SESSION_BUS_ADDRESS: 'disabled:',
    ...(process.env.TZ === undefined ? {} : { TZ: process.env.TZ }),
    // Some installs keep Chromium's libraries beside it.
    ...(process.env.LD_LIBRARY_PATH === undefined ? {} : { LD_LIBRARY_PATH: process.env.LD_LIBRARY_PATH }),
  };
}

/** Ends whatever runs under the uid that a left-over profile directory belongs to. */
async function killUid(profile: string): Promise<void> {
  const uid = await stat(profile).then(
    (entry) => entry.uid,
    () => undefined, // it died before it was made
  );
  if (uid === undefined || uid === process.getuid?.() || !UidAllocator.isOurs(uid)) return;
  for (const pid of findProcesses((entry) => entry.uid === uid)) await killTree(pid, uid);
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Containers often have 64 MB of /dev/shm, on which Chromium crashes; it then has to use files. */
async function hasEnoughSharedMemory(): Promise<boolean> {
  return statfs('/dev/shm').then(
    (fs) => fs.blocks * fs.bsize >= MIN_SHARED_MEMORY_BYTES,
    () => false,
  );
}
