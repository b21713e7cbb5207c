import { chmod, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BrowserKind, CarrelError } from '@carrel/protocol';
import { type ChromiumFacts, ChromiumProcess, chromiumFlags, describeChromium, findChromium, killTree } from '../chromium/index.js';
import type { BrowserHome } from './directories.js';
import { EgressListener } from './egress-listener.js';
import type { IsolatedBrowser, Isolation, LaunchRequest } from './isolation.js';
import { canLimitTasks, ResourceGuard } from './limits/index.js';
import { findLodging, moveIn, type Quarters } from './moving-in.js';
import type { IsolationOptions } from './options.js';
import { sweepRunDirectory } from './sweep.js';
import { UidAllocator } from './uids.js';

export interface ProcessIsolationOptions extends IsolationOptions {
  /** Why there are no higher walls. */
  reasons?: readonly string[];
}

/** Both are of util-linux. */
const SETPRIV = '/usr/bin/setpriv';
const PRLIMIT = '/usr/bin/prlimit';
/** Joins control groups and becomes what comes after them: `0` is whoever writes it. */
const JOIN_GROUPS = 'while [ "$1" != -- ]; do echo 0 > "$1" || exit; shift; done; shift; exec "$@"';
const MIN_SHARED_MEMORY_BYTES = 256 * 1024 * 1024;

/**
 * The level `process`: an own process tree and user-data-dir, Chromium's own sandbox, the limits of what it may use, and as root an
 * unprivileged uid of its own.
 */
export class ProcessIsolation implements Isolation {
  readonly level = 'process';
  readonly changesTimezone = false;
  readonly mayStandStill: boolean;
  readonly reasons: readonly string[];
  readonly #options: ProcessIsolationOptions;
  readonly #uids: UidAllocator | undefined;
  readonly #guard: ResourceGuard;
  readonly #hasSetpriv: boolean;
  readonly #hasSharedMemory: boolean;

  private constructor(
    options: ProcessIsolationOptions,
    machine: { uids: UidAllocator | undefined; guard: ResourceGuard; hasSetpriv: boolean; hasSharedMemory: boolean },
  ) {
    this.#options = options;
    this.#uids = machine.uids;
    this.#guard = machine.guard;
    this.#hasSetpriv = machine.hasSetpriv;
    this.#hasSharedMemory = machine.hasSharedMemory;
    // The kernel ends Chromium's main process with ours. Its others see that and end, but not while they are stopped.
    this.mayStandStill = machine.uids !== undefined || machine.guard.hasGroups;
    this.reasons = [...(options.reasons ?? []), ...machine.guard.reasons(canLimitTasks('process', machine.uids !== undefined))];
  }

  static async create(options: ProcessIsolationOptions): Promise<ProcessIsolation> {
    const { runDirectory, limits } = options;
    const [uids, guard, hasSetpriv, hasSharedMemory] = await Promise.all([
      UidAllocator.create(),
      ResourceGuard.create(runDirectory, limits),
      exists(SETPRIV),
      hasEnoughSharedMemory(),
    ]);
    if (uids !== undefined && !hasSetpriv) {
      throw new CarrelError('launch_failed', 'Running as root needs setpriv (package util-linux) to give browsers uids of their own.');
    }
    return new ProcessIsolation(options, { uids, guard, hasSetpriv, hasSharedMemory });
  }

  async chromium(kind: BrowserKind): Promise<ChromiumFacts> {
    return await describeChromium(await this.#find(kind));
  }

  async #find(kind: BrowserKind): Promise<string> {
    return (await findChromium(kind, { executablePath: this.#options.executablePaths[kind] })).executablePath;
  }

  async launch(request: LaunchRequest): Promise<IsolatedBrowser> {
    const executablePath = await this.#find(request.kind);
    const { runDirectory } = this.#options;
    const lodging = await findLodging(request.id, { guard: this.#guard, uids: this.#uids });
    return moveIn(request, { runDirectory, lodging }, async (quarters) => {
      const listener = await EgressListener.listen(request.acceptEgress);
      try {
        return await this.#spawn(request, executablePath, listener, quarters);
      } catch (error) {
        listener.close();
        throw error;
      }
    });
  }

  async #spawn(
    request: LaunchRequest,
    executablePath: string,
    listener: EgressListener,
    { home, uid, guarded, remove }: Quarters,
  ): Promise<IsolatedBrowser> {
    const fontConfiguration = await keepFontConfiguration(request, home);
    const flags = chromiumFlags({
      kind: request.kind,
      userDataDir: home.directories.profile,
      windowSize: request.windowSize,
      noSandbox: this.#options.allowNoSandbox,
      hasSharedMemory: this.#hasSharedMemory,
      proxyPort: listener.port,
      flags: request.flags ?? [],
    });
    const [command = '', ...args] = [...this.#prefix(uid, guarded.cgroupFiles), executablePath, ...flags];
    const child = await ChromiumProcess.spawn({ command, args, cwd: home.path, env: environment(home, request, fontConfiguration) });
    guarded.watch(child.pid, home.directories, request.onIncident ?? (() => {}));
    return {
      readable: child.readable,
      writable: child.writable,
      exited: child.exited,
      directories: home.directories,
      uid,
      prioritize: (priority) => guarded.prioritize(priority),
      measure: async () => guarded.measure(),
      freeze: () => guarded.freeze(),
      kill: async () => {
        listener.close();
        guarded.stop();
        await killTree(child.pid, uid);
        await guarded.remove();
      },
      remove,
    };
  }

  /** What is the same for all browsers is too little to be made ahead. */
  async makeAhead(): Promise<AsyncDisposable> {
    return { [Symbol.asyncDispose]: async () => {} };
  }

  sweep(): Promise<string[]> {
    return sweepRunDirectory(this.#options.runDirectory);
  }

  /**
   * What runs Chromium: a shell joins its control groups, prlimit limits what its uid may start, setpriv drops to that uid, forbids regaining
   * privileges, and has the kernel kill Chromium when this process dies, however it dies. Each becomes the next, so that nothing of the
   * browser runs outside. A setuid sandbox helper would not work under `--no-new-privs`; the namespace sandbox does.
   */
  #prefix(uid: number | undefined, cgroupFiles: readonly string[]): string[] {
    const join = cgroupFiles.length === 0 ? [] : ['/bin/sh', '-c', JOIN_GROUPS, 'sh', ...cgroupFiles, '--'];
    if (!this.#hasSetpriv) return join;
    // A uid that is not the browser's own has other processes too.
    const limit = [PRLIMIT, '--core=0', ...(uid === undefined ? [] : [`--nproc=${this.#options.limits.tasks}`])];
    const drop = uid === undefined ? [] : ['--reuid', `${uid}`, '--regid', `${uid}`, '--clear-groups', '--inh-caps=-all'];
    return [...join, ...limit, SETPRIV, ...drop, '--no-new-privs', '--pdeathsig', 'KILL', '--'];
  }
}

/**
 * All of Chromium's environment: nothing of ours, which holds keys and passwords, gets to it. Its working directory is `home`, and on Linux
 * it is told of its temporary directory by way of that: full Chromium makes a Unix socket there, whose path may have 107 bytes, and ends at
 * its start when the path of a run directory makes it longer.
 */
function environment(
  { directories, temporary }: BrowserHome,
  request: LaunchRequest,
  fontConfiguration: string | undefined,
): Record<string, string> {
  const timezone = request.timezone ?? process.env.TZ;
  return {
    HOME: directories.profile,
    TMPDIR: process.platform === 'linux' ? '/proc/self/cwd/tmp' : temporary,
    PATH: '/usr/bin:/bin',
    LANG: 'C.UTF-8',
    // No desktop services: there is nobody there, and looking for them takes time.
    DBUS_SESSION_BUS_ADDRESS: 'disabled:',
    ...(fontConfiguration === undefined ? {} : { FONTCONFIG_FILE: fontConfiguration }),
    // Some installs keep Chromium's libraries beside it.
    ...(process.env.LD_LIBRARY_PATH === undefined ? {} : { LD_LIBRARY_PATH: process.env.LD_LIBRARY_PATH }),
    ...(timezone === undefined ? {} : { TZ: timezone }),
    ...request.environment,
  };
}

/** Writes what was asked for beside the browser's directories, where it may read and not write it; returns its path. */
async function keepFontConfiguration({ fontConfiguration }: LaunchRequest, { path }: BrowserHome): Promise<string | undefined> {
  if (fontConfiguration === undefined) return undefined;
  const file = join(path, 'fonts.conf');
  await writeFile(file, fontConfiguration, { mode: 0o444 });
  // Whatever the umask is: the browser has a uid of its own.
  await chmod(file, 0o444);
  return file;
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
