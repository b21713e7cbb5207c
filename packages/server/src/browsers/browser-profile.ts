import type { Browser, BrowserProfileOptions, ProfileArchive, ProfileSnapshot, SaveTrigger } from '@carrel/browser';
import {
  type BrowserEventType,
  type BrowserProfileRequest,
  type BrowserProfile as BrowserProfileResource,
  CarrelError,
  type ProfileVersion,
  type Proxies,
} from '@carrel/protocol';
import type { Logger } from 'pino';
import type { AttachedProfile } from '../profiles/index.js';

export interface BrowserProfileInit {
  request: BrowserProfileRequest;
  attached: AttachedProfile;
  /** Of the version that it starts with; null: nothing was saved yet. */
  archive: ProfileArchive | null;
  /** What may be kept, in bytes. */
  maxBytes: number;
  /** How often it is saved while it runs, in ms; 0: only when somebody asks, and at its end. */
  checkpointIntervalMs: number;
  logger: Logger;
}

/** The profile of one browser of this server: what it starts with, and each saving of it. */
export class BrowserProfile {
  readonly #init: BrowserProfileInit;
  #log: (type: BrowserEventType, data: Record<string, unknown>) => void = () => {};
  #timer: NodeJS.Timeout | undefined;
  #isLost = false;
  #saved: ProfileVersion | undefined;
  #error: BrowserProfileResource['error'] = null;

  constructor(init: BrowserProfileInit) {
    this.#init = init;
  }

  /** What the engine is told of it. */
  get options(): BrowserProfileOptions {
    const { request, archive, maxBytes, checkpointIntervalMs } = this.#init;
    return {
      restore: archive ?? undefined,
      maxBytes,
      keepTabs: request.tabs ?? false,
      keepSessionStorage: request.sessionStorage ?? false,
      save: request.persist ? (take, trigger) => this.#save(take, trigger) : undefined,
      savesByItself: checkpointIntervalMs > 0,
      release: () => this.#release(),
    };
  }

  /** As the API shows it. */
  get resource(): BrowserProfileResource {
    const { request, attached } = this.#init;
    return {
      id: attached.profileId,
      persist: request.persist ?? false,
      version: attached.version,
      savedVersion: this.#saved?.version ?? null,
      error: this.#error,
    };
  }

  /** Goes with a browser from its opening until it is gone. */
  follow(browser: Browser, log: (type: BrowserEventType, data: Record<string, unknown>) => void): void {
    const { request, checkpointIntervalMs } = this.#init;
    this.#log = log;
    if (request.persist && checkpointIntervalMs > 0) {
      this.#timer = setInterval(() => void this.#saveNowAndThen(browser), checkpointIntervalMs).unref();
    }
    void browser.ending.then(() => clearInterval(this.#timer));
  }

  /** It has failed: what was not saved is lost, and is said to be. */
  noteLost(message: string): void {
    void this.#release(); // so that whoever hears of the end can have the profile
    if (!this.#init.request.persist) return;
    this.#isLost = true;
    const kept = this.#saved?.version ?? this.#init.attached.version;
    const what = kept === null ? 'Nothing of it was saved' : `What was saved before is kept, as version ${kept}`;
    this.#failed(new CarrelError('browser_crashed', `It ended before it could be saved: ${message} ${what}.`));
  }

  async #release(): Promise<void> {
    const { attached, logger } = this.#init;
    try {
      await attached[Symbol.asyncDispose]();
    } catch (error) {
      logger.error({ err: error, profileId: attached.profileId }, 'a profile is still held; it is given back at the next start');
    }
  }

  /** To be called once it runs: its next browsers leave where it was asked to. */
  async keepExit(proxies: Proxies | undefined): Promise<void> {
    if (this.#init.request.persist && proxies !== undefined) await this.#init.attached.keepExit(proxies);
  }

  /** Saves it while it runs on. @throws {CarrelError} as the engine's checkpoint does, and what saving throws */
  async checkpoint(browser: Browser): Promise<ProfileVersion> {
    await browser.checkpoint();
    if (this.#saved === undefined) throw new CarrelError('internal', 'The checkpoint was taken and not saved.');
    return this.#saved;
  }

  async #saveNowAndThen(browser: Browser): Promise<void> {
    await browser.checkpoint({ onlyWhenChanged: true }).catch((error: unknown) => {
      // What failed in saving is an event already; what is left is a browser that is ending, or too busy to answer.
      this.#init.logger.debug({ err: error, browserId: browser.id }, 'no automatic checkpoint');
    });
  }

  async #save(take: () => Promise<ProfileSnapshot>, source: SaveTrigger): Promise<void> {
    try {
      this.#saved = await this.#init.attached.save(await take(), source);
      // A checkpoint that was under way when the browser failed takes nothing of that back.
      if (!this.#isLost) this.#error = null;
      const { version, sizeBytes, unpackedBytes, mergedWith } = this.#saved;
      this.#log('profile.saved', { version, source, sizeBytes, unpackedBytes, mergedWith });
    } catch (error) {
      this.#failed(error);
      // The end of a browser is none the less one: that it was not saved is said in its profile and its log.
      if (source !== 'close') throw error;
    }
  }

  #failed(error: unknown): void {
    const known =
      error instanceof CarrelError ? error : new CarrelError('internal', 'Saving failed for a reason that is in the server log.');
    this.#error = { code: known.code, message: known.message };
    const { attached, logger } = this.#init;
    logger.error({ err: error, profileId: attached.profileId }, 'a profile could not be saved');
    this.#log('profile.save_failed', { ...this.#error });
  }
}
