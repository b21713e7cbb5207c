import type { NetworkFailure, NetworkRequest } from '@carrel/protocol';
import { authorityOf, type Target } from './target.js';

/** How much of the URLs of plain HTTP is written down: nothing, all but the query, or all. */
export type LoggedUrl = 'none' | 'path' | 'full';

/** How a request ended. */
export interface Outcome {
  status: number;
  failure: NetworkFailure | null;
  bytesIn: number;
  bytesOut: number;
}

export interface Begin {
  method: string;
  /** Undefined when none could be read. */
  target: Target | undefined;
  url?: URL;
}

export interface TrafficLogOptions {
  /** How many of the last entries are kept. */
  capacity: number;
  urls: LoggedUrl;
  onEntry: (entry: NetworkRequest) => void;
}

/** Of a browser that reaches for more, the later ones are not remembered. */
const MAX_ORIGINS = 10_000;

/** What a browser asked the network for: the last entries, and the sums. */
export class TrafficLog {
  readonly #options: TrafficLogOptions;
  readonly #entries: NetworkRequest[] = [];
  readonly #origins = new Set<string>();
  #count = 0;
  #refused = 0;
  #open = 0;

  constructor(options: TrafficLogOptions) {
    this.#options = options;
  }

  get totals(): { requests: number; refused: number; open: number } {
    return { requests: this.#count, refused: this.#refused, open: this.#open };
  }

  /** The origins that were asked for anything from the first request on, those of refused and unfinished ones included. A tunnel is `https:`. */
  get origins(): string[] {
    return [...this.#origins];
  }

  /** A request begins; call what is returned when it is over. Only the first call counts. */
  begin({ method, target, url }: Begin): (outcome: Outcome) => void {
    if (target !== undefined && this.#origins.size < MAX_ORIGINS) {
      const { origin } = new URL(`${method === 'CONNECT' ? 'https' : 'http'}://${authorityOf(target)}`);
      this.#origins.add(origin);
    }
    const startedAt = new Date();
    const from = performance.now();
    let isOver = false;
    this.#open++;
    return ({ status, failure, bytesIn, bytesOut }) => {
      if (isOver) return;
      isOver = true;
      this.#open--;
      const durationMs = Math.round((performance.now() - from) * 10) / 10;
      const where = { host: target?.host ?? '', port: target?.port ?? 0, url: this.#loggedUrl(url) };
      const when = { startedAt: startedAt.toISOString(), durationMs };
      this.#add({ id: ++this.#count, ...when, method, ...where, status, failure, bytesIn, bytesOut });
    };
  }

  /** Entries with an id larger than `after`, oldest first, as far as they are kept. */
  entries({ after, limit }: { after: number; limit: number }): NetworkRequest[] {
    const from = this.#entries.findIndex(({ id }) => id > after);
    return from === -1 ? [] : this.#entries.slice(from, from + limit);
  }

  /** Why the last request to a host that failed did so, as far as entries are kept. */
  lastFailure(host: string, port: number): NetworkFailure | undefined {
    return this.#entries.findLast((entry) => entry.failure !== null && entry.host === host && entry.port === port)?.failure ?? undefined;
  }

  #add(entry: NetworkRequest): void {
    if (entry.status === 403 && entry.failure !== null) this.#refused++;
    this.#entries.push(entry);
    if (this.#entries.length > this.#options.capacity) this.#entries.shift();
    this.#options.onEntry(entry);
  }

  #loggedUrl(url: URL | undefined): string | null {
    const { urls } = this.#options;
    if (url === undefined || urls === 'none') return null;
    return (url.origin + url.pathname + (urls === 'full' ? url.search : '')).slice(0, 2048);
  }
}
