import { join } from 'node:path';
import { CarrelError } from '@carrel/protocol';
import { chromiumFlags, findChromium } from '../../chromium/index.js';
import { makeHome, removeHome } from '../directories.js';
import type { IsolatedBrowser, Isolation, LaunchRequest } from '../isolation.js';
import type { IsolationOptions } from '../options.js';
import { sweepRunDirectory } from '../sweep.js';
import { UidAllocator } from '../uids.js';
import { EGRESS_PORT } from './launcher.js';
import { SandboxedProcess, type SandboxLimits, type SandboxTools } from './sandboxed-process.js';
import { systemViewOf } from './system-view.js';

const MEBIBYTE = 1024 * 1024;
const TEMPORARY_BYTES = 256 * MEBIBYTE;
const SHARED_MEMORY_BYTES = 512 * MEBIBYTE;

/**
 * The level `sandbox`: bubblewrap round Chromium, whose own sandbox stays on inside. The browser has user, pid, network, mount, IPC, UTS and
 * cgroup namespaces of its own, sees its own directories and read-only libraries, fonts, certificates and zone data, holds no capability,
 * makes no system call that it does not need, and reaches nothing but its proxy.
 */
export class SandboxIsolation implements Isolation {
  readonly level = 'sandbox';
  readonly reasons: readonly string[];
  readonly #options: IsolationOptions;
  readonly #tools: SandboxTools;
  readonly #uids: UidAllocator | undefined;
  readonly #limits: SandboxLimits;

  private constructor(options: IsolationOptions, tools: SandboxTools, uids: UidAllocator | undefined) {
    this.#options = options;
    this.#tools = tools;
    this.#uids = uids;
    this.reasons = [];
    this.#limits = {
      temporaryBytes: TEMPORARY_BYTES,
      sharedMemoryBytes: SHARED_MEMORY_BYTES,
      maxFileBytes: options.limits.diskBytes,
      maxTasks: options.limits.tasks,
    };
  }

  /** With tools that were tried out (`tryTools`). */
  static async create(options: IsolationOptions, tools: SandboxTools): Promise<SandboxIsolation> {
    return new SandboxIsolation(options, tools, await UidAllocator.create());
  }

  async launch(request: LaunchRequest): Promise<IsolatedBrowser> {
    const { executablePath } = await findChromium(request.kind, { executablePath: this.#options.executablePaths[request.kind] });
    const uid = this.#uids?.take();
    const path = join(this.#options.runDirectory, request.id);
    const remove = async () => {
      await removeHome(path);
      if (uid !== undefined) this.#uids?.release(uid);
    };
    try {
      const [{ directories }, view] = await Promise.all([makeHome(path, uid), systemViewOf(executablePath)]);
      const flags = chromiumFlags({
        kind: request.kind,
        userDataDir: directories.profile,
        windowSize: request.windowSize,
        noSandbox: this.#options.allowNoSandbox,
        hasSharedMemory: true,
        proxyPort: EGRESS_PORT,
      });
      const sandboxed = await SandboxedProcess.start({
        tools: this.#tools,
        view,
        args: flags,
        environment: environment(directories.profile),
        directories,
        uid,
        limits: this.#limits,
        cgroupFiles: [],
        acceptEgress: request.acceptEgress,
      });
      const { readable, writable } = sandboxed.process;
      return { readable, writable, exited: sandboxed.exited, directories, uid, kill: () => sandboxed.kill(), remove };
    } catch (cause) {
      await remove();
      throw cause instanceof CarrelError
        ? cause
        : new CarrelError('launch_failed', `Chromium could not be started: ${String(cause)}`, { cause });
    }
  }

  sweep(): Promise<string[]> {
    return sweepRunDirectory(this.#options.runDirectory);
  }
}

/** All of Chromium's environment in a sandbox. */
function environment(home: string): Record<string, string> {
  const { TZ, LD_LIBRARY_PATH } = process.env;
  return {
    HOME: home,
    TMPDIR: '/tmp',
    LANG: 'en_US.UTF-8',
    // No desktop services: there is nobody there, and looking for them takes time.
    DBUS_SESSION_BUS_ADDRESS: 'disabled:',
    ...(TZ === undefined ? {} : { TZ }),
    ...(LD_LIBRARY_PATH === undefined ? {} : { LD_LIBRARY_PATH }),
  };
}
