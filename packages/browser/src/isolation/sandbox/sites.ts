import { randomUUID } from 'node:crypto';
import type { ResourceGuard } from '../limits/index.js';
import { findLodging, type Lodging } from '../moving-in.js';
import type { UidAllocator } from '../uids.js';
import { Launcher, type LauncherSpec } from './launcher.js';

/** Where a browser's walls are to be built: who it is to the kernel, and the process that waits there. */
export interface Site {
  lodging: Lodging;
  launching: Promise<Launcher>;
}

export interface SiteOptions extends Pick<LauncherSpec, 'tools' | 'limits'> {
  guard: ResourceGuard;
  uids: UidAllocator | undefined;
}

/** A launch is to be over before the next one is prepared: to start a process holds up everything else for some milliseconds. */
const REFILL_AFTER_MS = 500;

/**
 * Begins a site. What ends in it is ended when it is released.
 * @throws {CarrelError} `launch_failed`; what fails later, `launching` tells
 */
export async function beginSite(name: string, { tools, limits, ...rest }: SiteOptions): Promise<Site> {
  const lodging = await findLodging(name, rest);
  const { uid, guarded } = lodging;
  const launching = Launcher.start({ tools, uid, limits, cgroupFiles: guarded.cgroupFiles });
  launching.catch(() => {}); // told to whoever builds there
  const release = async () => {
    const launcher = await launching.catch(() => undefined); // it has left nothing
    await launcher?.kill();
    await lodging.release();
  };
  return { lodging: { ...lodging, release }, launching };
}

/** Sites that were begun before anybody needs them, each for whoever comes next. */
export class SitesAhead implements AsyncDisposable {
  readonly #options: SiteOptions;
  readonly #count: number;
  readonly #ready: { site: Site; launcher: Launcher }[] = [];
  #filling: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(count: number, options: SiteOptions) {
    this.#count = count;
    this.#options = options;
  }

  /** Resolves when there are as many as there are to be, or none can be begun now. */
  fill(): Promise<void> {
    this.#filling = this.#filling.then(() => this.#begin());
    return this.#filling;
  }

  /** One that is ready, the caller's from then on. */
  take(): Site | undefined {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.fill();
    }, REFILL_AFTER_MS).unref();
    for (let next = this.#ready.shift(); next !== undefined; next = this.#ready.shift()) {
      if (!next.launcher.hasEnded) return next.site;
      void this.#discard(next.site);
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#filling;
    await Promise.all(this.#ready.splice(0).map(({ site }) => site.lodging.release()));
  }

  async #begin(): Promise<void> {
    while (this.#ready.length < this.#count && !this.#isClosed) {
      let site: Site | undefined;
      try {
        site = await beginSite(`ahead-${randomUUID()}`, this.#options);
        this.#ready.push({ site, launcher: await site.launching });
      } catch {
        // The launch that finds none ready fails in the same way, and says why.
        await (site === undefined ? undefined : this.#discard(site));
        return;
      }
    }
  }

  /** What stays of it is swept at the next start. */
  #discard({ lodging }: Site): Promise<void> {
    return lodging.release().catch(() => {});
  }
}
