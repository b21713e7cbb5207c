import { type Carrel, CarrelError } from '@carrel/sdk';

/** How long a link is good; it is made anew before that is over. */
const TTL_SECONDS = 3_600;
const RENEW_BEFORE_MS = 5 * 60_000;
/** Links that are remembered: more browsers than a server has at once. */
const MOST_REMEMBERED = 1_000;

/**
 * The links by which a person sees a browser and takes it over, one for each browser: every result has it, and a link for each result would
 * be many. Remembered for the key that made them, as each may see its own only.
 */
export class LiveLinks {
  readonly #known = new Map<string, { url: string; expiresAtMs: number }>();

  /** The link; null when the key may make none, or the browser has ended. `owner` tells keys apart. */
  async of(client: Carrel, owner: string, browserId: string): Promise<string | null> {
    const key = `${owner} ${browserId}`;
    const known = this.#known.get(key);
    if (known !== undefined && known.expiresAtMs - RENEW_BEFORE_MS > Date.now()) return known.url;
    try {
      const { url, expiresAt } = await client.browsers.createLiveLink(browserId, { scope: 'control', ttlSeconds: TTL_SECONDS });
      if (url === undefined) return null;
      this.#remember(key, { url, expiresAtMs: Date.parse(expiresAt) });
      return url;
    } catch (error) {
      if (error instanceof CarrelError) return null; // what was asked for is there, and says more than that a link is not
      throw error;
    }
  }

  #remember(key: string, link: { url: string; expiresAtMs: number }): void {
    this.#known.delete(key);
    this.#known.set(key, link);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MOST_REMEMBERED) break;
      this.#known.delete(oldest);
    }
  }
}
