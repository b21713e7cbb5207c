import type { Logger } from 'pino';
import type { BrowserRegistry } from '../browsers/registry.js';
import { NODES_CHANNEL, PROJECTS_CHANNEL, type Store } from '../store/index.js';

/** How often to look who is dead. */
const LOOK_MS = 5_000;
/** A server that is only cut off from the database for a moment comes back well within that, and takes its lock again. */
const GRACE_MS = 15_000;

export interface FleetOptions {
  readonly store: Store;
  readonly registry: BrowserRegistry;
  readonly logger: Logger;
}

/** This server as one of those that share a database: says that it is there, hears what the others do, and clears up after the dead. */
export class Fleet implements AsyncDisposable {
  readonly #options: FleetOptions;
  readonly #url: string;
  /** Since when servers do not hold their lock, as far as we have seen; in ms of `performance.now()`. */
  readonly #silentSince = new Map<string, number>();
  readonly #stopListening: (() => void)[] = [];
  #looking: NodeJS.Timeout | undefined;
  #last: Promise<void> = Promise.resolve();

  private constructor(options: FleetOptions, url: string) {
    this.#options = options;
    this.#url = url;
  }

  /** @param url where callers reach this server */
  static async join(options: FleetOptions, url: string): Promise<Fleet> {
    const { store, registry } = options;
    const fleet = new Fleet(options, url);
    await store.announce(url);
    fleet.#stopListening.push(
      store.listen(NODES_CHANNEL, (nodeId) => {
        if (nodeId === null) fleet.#silentSince.clear(); // nobody's lock could be seen meanwhile
        if (nodeId === null || nodeId === store.nodeId) fleet.#inTurn(() => fleet.#comeBack());
      }),
      store.listen(PROJECTS_CHANNEL, (projectId) => fleet.#inTurn(() => registry.projectChanged(projectId))),
    );
    store.membership.start(() => registry.writePlaces());
    fleet.#looking = setInterval(() => fleet.#inTurn(() => fleet.#look()), LOOK_MS).unref();
    return fleet;
  }

  /** Tells the others that this server ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#looking);
    for (const stop of this.#stopListening) stop();
    await this.#last;
    const { store, logger } = this.#options;
    await store.membership.stop();
    await store.nodes.leave().catch((error: unknown) => {
      logger.warn({ err: error }, 'the other servers of the database could not be told that this one ends; they will notice');
    });
  }

  #inTurn(work: () => Promise<void>): void {
    this.#last = this.#last.then(work).catch((error: unknown) => {
      // Tried again at the next look, and when the connection is back.
      this.#options.logger.warn({ err: error }, 'what other servers of the database do could not be found out');
    });
  }

  async #look(): Promise<void> {
    const { store } = this.#options;
    store.membership.look();
    const silent = await store.nodes.silent();
    for (const nodeId of this.#silentSince.keys()) if (!silent.includes(nodeId)) this.#silentSince.delete(nodeId);
    const now = performance.now();
    for (const nodeId of silent) {
      const since = this.#silentSince.get(nodeId) ?? now;
      this.#silentSince.set(nodeId, since);
      if (now - since >= GRACE_MS) await this.#bury(nodeId);
    }
  }

  async #bury(nodeId: string): Promise<void> {
    const { store, logger } = this.#options;
    const failed = await store.nodes.bury(nodeId);
    this.#silentSince.delete(nodeId);
    if (failed !== null) logger.warn({ nodeId, failed }, 'another server of the database is dead; its browsers have failed');
  }

  /** The others took us for dead, perhaps: what they said has ended, ends. */
  async #comeBack(): Promise<void> {
    const { store, registry, logger } = this.#options;
    if (!(await store.nodes.isTakenForDead())) return;
    await store.announce(this.#url);
    const closed = await registry.closeLost();
    logger.error({ closed }, 'other servers took this one for dead, as it was cut off from the database; its browsers were closed');
  }
}
