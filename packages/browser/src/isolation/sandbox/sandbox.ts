import type { BrowserKind } from '@carrel/protocol';
import { type ChromiumFacts, chromiumFlags, describeChromium, findChromium } from '../../chromium/index.js';
import type { BrowserDirectories, IsolatedBrowser, Isolation, LaunchRequest } from '../isolation.js';
import { canLimitTasks, type GuardedBrowser, ResourceGuard } from '../limits/index.js';
import { moveIn, type Quarters } from '../moving-in.js';
import type { IsolationOptions } from '../options.js';
import { sweepRunDirectory } from '../sweep.js';
import { UidAllocator } from '../uids.js';
import type { Launcher, SandboxTools } from './launcher.js';
import { EGRESS_PORT } from './launcher-source.js';
import { SandboxedProcess, type SandboxLimits } from './sandboxed-process.js';
import { beginSite, type Site, type SiteOptions, SitesAhead } from './sites.js';
import { systemViewOf } from './system-view.js';
import { SandboxTimezone } from './timezone.js';

const MEBIBYTE = 1024 * 1024;
const TEMPORARY_BYTES = 256 * MEBIBYTE;
const SHARED_MEMORY_BYTES = 512 * MEBIBYTE;
/** Where a browser with a configuration of its own for its fonts has it, as it sees it. */
const FONT_CONFIGURATION = '/etc/carrel-fonts.conf';

/**
 * The level `sandbox`: bubblewrap round Chromium, whose own sandbox stays on inside. The browser has user, pid, network, mount, IPC, UTS and
 * cgroup namespaces of its own, sees its own directories and read-only libraries, fonts, certificates and zone data, holds no capability,
 * makes no system call that it does not need, and reaches nothing but its proxy.
 */
export class SandboxIsolation implements Isolation {
  readonly level = 'sandbox';
  readonly changesTimezone = true;
  /** The kernel ends a pid namespace with its first process. */
  readonly mayStandStill = true;
  readonly reasons: readonly string[];
  readonly #options: IsolationOptions;
  readonly #tools: SandboxTools;
  readonly #uids: UidAllocator | undefined;
  readonly #guard: ResourceGuard;
  readonly #limits: SandboxLimits;
  /** What is made ahead, for each that asked for it. */
  readonly #ahead = new Set<SitesAhead>();

  private constructor(options: IsolationOptions, tools: SandboxTools, uids: UidAllocator | undefined, guard: ResourceGuard) {
    this.#options = options;
    this.#tools = tools;
    this.#uids = uids;
    this.#guard = guard;
    this.reasons = guard.reasons(canLimitTasks('sandbox', uids !== undefined));
    this.#limits = {
      temporaryBytes: TEMPORARY_BYTES,
      sharedMemoryBytes: SHARED_MEMORY_BYTES,
      maxFileBytes: options.limits.diskBytes,
      maxTasks: options.limits.tasks,
    };
  }

  /** With tools that were tried out (`tryTools`). */
  static async create(options: IsolationOptions, tools: SandboxTools): Promise<SandboxIsolation> {
    const guard = await ResourceGuard.create(options.runDirectory, options.limits);
    return new SandboxIsolation(options, tools, await UidAllocator.create(), guard);
  }

  async chromium(kind: BrowserKind): Promise<ChromiumFacts> {
    return await describeChromium(await this.#find(kind));
  }

  async #find(kind: BrowserKind): Promise<string> {
    return (await findChromium(kind, { executablePath: this.#options.executablePaths[kind] })).executablePath;
  }

  async launch(request: LaunchRequest): Promise<IsolatedBrowser> {
    const executablePath = await this.#find(request.kind);
    const { lodging, launching } = this.#takeSite(request) ?? (await beginSite(request.id, this.#siteOptions));
    const { runDirectory } = this.#options;
    return moveIn(request, { runDirectory, lodging }, async (quarters) => this.#build(request, executablePath, await launching, quarters));
  }

  async makeAhead(launches: number): Promise<AsyncDisposable> {
    const sites = new SitesAhead(launches, this.#siteOptions);
    this.#ahead.add(sites);
    await sites.fill();
    return {
      [Symbol.asyncDispose]: () => {
        this.#ahead.delete(sites);
        return sites[Symbol.asyncDispose]();
      },
    };
  }

  get #siteOptions(): SiteOptions {
    return { tools: this.#tools, limits: this.#limits, guard: this.#guard, uids: this.#uids };
  }

  /** Nobody waits for what starts at low priority. */
  #takeSite({ priority }: LaunchRequest): Site | undefined {
    if (priority === 'low') return undefined;
    for (const sites of this.#ahead) {
      const site = sites.take();
      if (site !== undefined) return site;
    }
    return undefined;
  }

  async #build(
    request: LaunchRequest,
    executablePath: string,
    launcher: Launcher,
    { home, uid, guarded, remove }: Quarters,
  ): Promise<IsolatedBrowser> {
    const { directories } = home;
    const [view, timezone] = await Promise.all([
      systemViewOf(executablePath),
      SandboxTimezone.make(home.path, request.timezone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone),
    ]);
    const sandboxed = await SandboxedProcess.build(launcher, {
      tools: this.#tools,
      view,
      args: this.#flags(request, directories),
      environment: environment(directories.profile, request),
      timezone,
      files: request.fontConfiguration === undefined ? {} : { [FONT_CONFIGURATION]: request.fontConfiguration },
      directories,
      uid,
      limits: this.#limits,
      acceptEgress: request.acceptEgress,
    });
    guarded.watch(sandboxed.init.pid, directories, request.onIncident ?? (() => {}));
    return behindWalls(sandboxed, guarded, { directories, uid, remove, changeTimezone: (name) => timezone.change(name) });
  }

  #flags({ kind, windowSize, flags = [] }: LaunchRequest, { profile }: BrowserDirectories): string[] {
    return chromiumFlags({
      kind,
      userDataDir: profile,
      windowSize,
      noSandbox: this.#options.allowNoSandbox,
      hasSharedMemory: true,
      proxyPort: EGRESS_PORT,
      flags,
    });
  }

  sweep(): Promise<string[]> {
    return sweepRunDirectory(this.#options.runDirectory);
  }
}

function behindWalls(
  sandboxed: SandboxedProcess,
  guarded: GuardedBrowser,
  rest: Pick<IsolatedBrowser, 'directories' | 'uid' | 'remove' | 'changeTimezone'>,
): IsolatedBrowser {
  const { readable, writable } = sandboxed.process;
  const kill = async () => {
    guarded.stop();
    try {
      await sandboxed.kill();
    } finally {
      await guarded.remove();
    }
  };
  return {
    readable,
    writable,
    exited: sandboxed.exited,
    prioritize: (priority) => guarded.prioritize(priority),
    measure: async () => guarded.measure(),
    freeze: () => guarded.freeze(),
    kill,
    ...rest,
  };
}

/** All of Chromium's environment in a sandbox. */
function environment(home: string, { fontConfiguration, environment }: LaunchRequest): Record<string, string> {
  const { LD_LIBRARY_PATH } = process.env;
  return {
    HOME: home,
    TMPDIR: '/tmp',
    // The locale that every system has. Without UTF-8, Chromium would lose the names of files beyond ASCII.
    LANG: 'C.UTF-8',
    // No desktop services: there is nobody there, and looking for them takes time.
    DBUS_SESSION_BUS_ADDRESS: 'disabled:',
    ...(fontConfiguration === undefined ? {} : { FONTCONFIG_FILE: FONT_CONFIGURATION }),
    ...(LD_LIBRARY_PATH === undefined ? {} : { LD_LIBRARY_PATH }),
    ...environment,
  };
}
