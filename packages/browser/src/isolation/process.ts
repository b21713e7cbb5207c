import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type BrowserKind, CarrelError } from '@carrel/protocol';
import { type ChromiumFacts, ChromiumProcess, chromiumFlags, describeChromium, findChromium, killTree } from '../chromium/index.js';
import { type BrowserHome, makeHome, removeHome } from './directories.js';
import { EgressListener } from './egress-listener.js';
import type { IsolatedBrowser, Isolation, LaunchRequest } from './isolation.js';
import type { IsolationOptions } from './options.js';
import { sweepRunDirectory } from './sweep.js';
import { UidAllocator } from './uids.js';

export interface ProcessIsolationOptions extends Omit<IsolationOptions, 'limits'> {
  /** Why there are no higher walls. */
  reasons?: readonly string[];
}

/** What a launch has ready when it starts Chromium. */
interface Prepared {
  executablePath: string;
  uid: number | undefined;
  home: BrowserHome;
  listener: EgressListener;
  remove: () => Promise<void>;
}

const SETPRIV = '/usr/bin/setpriv';
const MIN_SHARED_MEMORY_BYTES = 256 * 1024 * 1024;

/**
 * The level `process`: an own process tree and user-data-dir, Chromium's own sandbox, and as root an unprivileged uid of its own.
 */
export class ProcessIsolation implements Isolation {
  readonly level = 'process';
  readonly reasons: readonly string[];
  readonly #options: ProcessIsolationOptions;
  readonly #uids: UidAllocator | undefined;
  readonly #hasSetpriv: boolean;
  readonly #hasSharedMemory: boolean;

  private constructor(options: ProcessIsolationOptions, uids: UidAllocator | undefined, hasSetpriv: boolean, hasSharedMemory: boolean) {
    this.#options = options;
    this.reasons = options.reasons ?? [];
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

  async chromium(kind: BrowserKind): Promise<ChromiumFacts> {
    return await describeChromium(await this.#find(kind));
  }

  async #find(kind: BrowserKind): Promise<string> {
    return (await findChromium(kind, { executablePath: this.#options.executablePaths[kind] })).executablePath;
  }

  async launch(request: LaunchRequest): Promise<IsolatedBrowser> {
    const executablePath = await this.#find(request.kind);
    const uid = this.#uids?.take();
    const path = join(this.#options.runDirectory, request.id);
    let listener: EgressListener | undefined;
    const remove = async () => {
      await removeHome(path);
      if (uid !== undefined) this.#uids?.release(uid);
    };
    try {
      const home = await makeHome(path, uid);
      listener = await EgressListener.listen(request.acceptEgress);
      return await this.#spawn(request, { executablePath, uid, home, listener, remove });
    } catch (cause) {
      listener?.close();
      await remove();
      throw cause instanceof CarrelError
        ? cause
        : new CarrelError('launch_failed', `Chromium could not be started: ${String(cause)}`, { cause });
    }
  }

  async #spawn(request: LaunchRequest, { executablePath, uid, home, listener, remove }: Prepared): Promise<IsolatedBrowser> {
    const flags = chromiumFlags({
      kind: request.kind,
      userDataDir: home.directories.profile,
      windowSize: request.windowSize,
      noSandbox: this.#options.allowNoSandbox,
      hasSharedMemory: this.#hasSharedMemory,
      proxyPort: listener.port,
      flags: request.flags ?? [],
    });
    const [command = '', ...args] = [...this.#prefix(uid), executablePath, ...flags];
    const child = await ChromiumProcess.spawn({ command, args, cwd: home.path, env: { ...environment(home), ...request.environment } });
    return {
      readable: child.readable,
      writable: child.writable,
      exited: child.exited,
      directories: home.directories,
      uid,
      kill: async () => {
        listener.close();
        await killTree(child.pid, uid);
      },
      remove,
    };
  }

  sweep(): Promise<string[]> {
    return sweepRunDirectory(this.#options.runDirectory);
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

/**
 * All of Chromium's environment: nothing of ours, which holds keys and passwords, gets to it. Its working directory is `home`, and on Linux
 * it is told of its temporary directory by way of that: full Chromium makes a Unix socket there, whose path may have 107 bytes, and ends at
 * its start when the path of a run directory makes it longer.
 */
function environment({ directories, temporary }: BrowserHome): Record<string, string> {
  return {
    HOME: directories.profile,
    TMPDIR: process.platform === 'linux' ? '/proc/self/cwd/tmp' : temporary,
    PATH: '/usr/bin:/bin',
    LANG: 'C.UTF-8',
    // No desktop services: there is nobody there, and looking for them takes time.
    DBUS_SESSION_BUS_ADDRESS: 'disabled:',
    ...(process.env.TZ === undefined ? {} : { TZ: process.env.TZ }),
    // Some installs keep Chromium's libraries beside it.
    ...(process.env.LD_LIBRARY_PATH === undefined ? {} : { LD_LIBRARY_PATH: process.env.LD_LIBRARY_PATH }),
  };
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
