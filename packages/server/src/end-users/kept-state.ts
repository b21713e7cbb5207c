import { type Browser, type Pages, type ReadCookie, readStorage, writeStorage } from '@carrel/browser';
import { CarrelError } from '@carrel/protocol';
import type { Logger } from 'pino';
import type { CredentialChanges, CredentialRef, CredentialRow, EndUserName, Store } from '../store/index.js';
import { bytesOf, MAX_BYTES, MAX_ITEMS, MAX_ORIGIN_BYTES, merged } from './credentials.js';
import { cookieIdentity, cookieItem, type Item, itemOf, type KeptItem, type OriginState, originItem, toPut } from './items.js';
import { Scope } from './scope.js';

export interface KeptStateOptions {
  readonly store: Store;
  readonly logger: Logger;
  readonly whose: EndUserName;
  /** What there was of the end user when the turn began. */
  readonly items: readonly KeptItem[];
}

/** What a turn has changed. */
interface Changes {
  readonly put: Item[];
  /** What is no more, with its revision when it was brought. */
  readonly removed: { ref: CredentialRef; revision: number }[];
}

/** The signed-in state of an end user in one turn: brought into its browser, and taken from there again. */
export class KeptState {
  readonly #options: KeptStateOptions;
  /** The cookies as the browser had them once they had been brought. */
  #brought = new Map<string, ReadCookie>();

  constructor(options: KeptStateOptions) {
    this.#options = options;
  }

  async bring(browser: Browser, signal: AbortSignal): Promise<void> {
    const { items } = this.#options;
    const nowSeconds = Date.now() / 1000;
    const cookies = items.flatMap((item) => (item.kind === 'cookie' ? [item.value.cookie] : []));
    const lasting = cookies.filter(({ expires }) => expires === -1 || expires > nowSeconds);
    if (lasting.length > 0) {
      const there = await browser.use(async (pages) => {
        await this.#setCookies(pages, lasting);
        return await pages.readCookies(signal);
      });
      this.#brought = new Map(there.map((cookie) => [cookieIdentity(cookie), cookie]));
    }
    signal.throwIfAborted();
    const states = items.flatMap((item) => (item.kind === 'origin' ? [item.value.state] : []));
    if (states.length > 0) await browser.use(() => this.#writeStorage(browser, states, signal));
  }

  async keep(browser: Browser, signal: AbortSignal): Promise<void> {
    const { store, whose, items } = this.#options;
    const scope = new Scope(items);
    const cookies = await browser.use((pages) => pages.readCookies(signal));
    const changes = this.#changedCookies(cookies.filter((cookie) => scope.hasCookie(cookie)));
    const reached = browser.network.origins.filter((origin) => scope.hasOrigin(origin));
    if (reached.length > 0) {
      const states = await browser.use(() => this.#readStorage(browser, reached, signal));
      if (states !== undefined) this.#addChangedStorage(changes, reached, states);
    }
    if (changes.put.length + changes.removed.length === 0) return;
    signal.throwIfAborted();
    await store.credentials.change(whose, { audited: null, isMade: false }, (rows) => this.#merge(changes, rows));
  }

  /** Chromium takes all or none: when there is one that it does not take, the others are set one by one. */
  async #setCookies(pages: Pages, cookies: readonly ReadCookie[]): Promise<void> {
    let refused = 0;
    const set = async (some: readonly ReadCookie[]) => {
      try {
        await pages.setCookies(some);
        return true;
      } catch (error) {
        if (!(error instanceof CarrelError) || error.code !== 'invalid_request') throw error;
        return false;
      }
    };
    if (await set(cookies)) return;
    for (const cookie of cookies) if (!(await set([cookie]))) refused++;
    const { whose, logger } = this.#options;
    logger.warn({ projectId: whose.projectId, refused }, 'Chromium refused cookies of an end user; the turn goes on without them');
  }

  async #writeStorage(browser: Browser, states: readonly OriginState[], signal: AbortSignal): Promise<void> {
    try {
      await writeStorage(browser, states, signal);
    } catch (error) {
      if (!(error instanceof CarrelError) || error.code !== 'invalid_request') throw error;
      const { whose, logger } = this.#options;
      const [, ...others] = states;
      if (states.length === 1) {
        logger.warn({ projectId: whose.projectId }, 'Chromium refused what an origin stores of an end user; the turn goes on without it');
      } else for (const state of [states[0], ...others]) if (state !== undefined) await this.#writeStorage(browser, [state], signal);
    }
  }

  /** Undefined: there is more than is kept. */
  async #readStorage(browser: Browser, origins: readonly string[], signal: AbortSignal): Promise<OriginState[] | undefined> {
    const { whose, logger } = this.#options;
    try {
      return (await readStorage(browser, { origins, maxBytes: MAX_BYTES, signal })).origins;
    } catch (error) {
      if (!(error instanceof CarrelError) || error.code !== 'payload_too_large') throw error;
      logger.warn({ projectId: whose.projectId, maxBytes: MAX_BYTES }, 'sites store more of an end user than is kept; it stays as it was');
      return undefined;
    }
  }

  #changedCookies(cookies: readonly ReadCookie[]): Changes {
    const there = new Map(cookies.map((cookie) => [cookieIdentity(cookie), cookie]));
    const put = [...there].filter(([identity, cookie]) => !isSame(this.#brought.get(identity), cookie)).map(([, cookie]) => cookie);
    const nowSeconds = Date.now() / 1000;
    const removed = this.#options.items.flatMap((item) => {
      if (item.kind !== 'cookie' || there.has(item.identity)) return [];
      const { expires } = item.value.cookie;
      // What the browser has refused was never in it, and stays; what has expired is no use any more.
      const isGone = this.#brought.has(item.identity) || (expires !== -1 && expires <= nowSeconds);
      return isGone ? [removedItem(item)] : [];
    });
    return { put: put.map((cookie) => cookieItem(cookie, false)), removed };
  }

  #addChangedStorage(changes: Changes, reached: readonly string[], states: readonly OriginState[]): void {
    const there = new Map(states.map((state) => [state.origin, state]));
    const before = new Map(this.#options.items.flatMap((item) => (item.kind === 'origin' ? [[item.identity, item]] : [])));
    for (const origin of reached) {
      const [state, item] = [there.get(origin), before.get(origin)];
      if (state === undefined) {
        if (item !== undefined) changes.removed.push(removedItem(item));
      } else if (item === undefined || canonical(item.value.state) !== canonical(state)) changes.put.push(originItem(state, false));
    }
  }

  /**
   * What both this turn and another have changed is what this one, the newer, says; but for what is no more: what was changed meanwhile stays.
   * What there is no credential for any more is not kept.
   */
  #merge({ put, removed }: Changes, rows: readonly CredentialRow[]): CredentialChanges {
    const current = new Map(rows.map(itemOf).map((item) => [keyOf(item), item]));
    const gone = removed.filter(({ ref, revision }) => current.get(keyOf(ref))?.revision === revision).map(({ ref }) => ref);
    const isWanted = new Scope(current.values());
    const wanted = put.filter((item) => isWanted.has(item)).map((item) => asGiven(item, current.get(keyOf(item))));
    const rest = [...current.values()].filter((item) => !gone.some((ref) => keyOf(ref) === keyOf(item)));
    const scope = new Scope(merged(rest, wanted));
    const kept = this.#withinLimits(
      rest,
      wanted.filter((item) => scope.has(item)),
    );
    return { put: kept.map(toPut), remove: [...gone, ...rest.filter((item) => !scope.has(item))] };
  }

  /** Without what would be more than an end user may have. */
  #withinLimits(rest: readonly Item[], wanted: readonly Item[]): Item[] {
    const after = new Map(rest.map((item) => [keyOf(item), item]));
    const counts = { login: 0, cookie: 0, origin: 0 };
    let bytes = 0;
    for (const item of rest) {
      counts[item.kind]++;
      bytes += bytesOf(item);
    }
    const kept = wanted.filter((item) => {
      const old = after.get(keyOf(item));
      const size = bytesOf(item);
      const more = size - (old === undefined ? 0 : bytesOf(old));
      const isTooMuch = (item.kind === 'origin' && size > MAX_ORIGIN_BYTES) || bytes + more > MAX_BYTES;
      if (isTooMuch || (old === undefined && counts[item.kind] >= MAX_ITEMS[item.kind])) return false;
      bytes += more;
      if (old === undefined) counts[item.kind]++;
      return true;
    });
    const { whose, logger } = this.#options;
    const left = wanted.length - kept.length;
    if (left > 0)
      logger.warn({ projectId: whose.projectId, left }, 'signed-in state of an end user is more than is kept; some was left out');
    return kept;
  }
}

const keyOf = ({ kind, identity }: CredentialRef) => `${kind} ${identity}`;
const removedItem = ({ kind, identity, revision }: KeptItem) => ({ ref: { kind, identity }, revision });

/** What a caller has given stays given, whatever a site makes of it. */
function asGiven(item: Item, old: Item | undefined): Item {
  if (item.kind === 'login' || old === undefined || old.kind === 'login') return item;
  return { ...item, value: { ...item.value, isGiven: old.value.isGiven } } as Item;
}

const isSame = (one: ReadCookie | undefined, other: ReadCookie) => one !== undefined && JSON.stringify(one) === JSON.stringify(other);

/** The same text for the same state: of items and databases the order says nothing. */
function canonical({ localStorage, indexedDB = [] }: OriginState): string {
  const byName = (one: { name: string }, other: { name: string }) => (one.name < other.name ? -1 : 1);
  return JSON.stringify([localStorage.toSorted(byName).map(({ name, value }) => [name, value]), indexedDB.toSorted(byName)]);
}
