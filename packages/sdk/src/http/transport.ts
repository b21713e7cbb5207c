import { CarrelApiError, CarrelError, CarrelTimeoutError } from '../errors.js';
import { apiError, connectionError, readJson } from './answer.js';
import { Deadline, eitherSignal, pause } from './deadline.js';
import { mayRetry, retryDelayMs } from './retry.js';

/** Anything called as `fetch` is. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Content to send. */
export type Bytes = Uint8Array<ArrayBuffer> | ArrayBuffer | Blob;

/** What every call takes. */
export interface CallOptions {
  /** Gives the call up; its reason is what the call then throws. */
  signal?: AbortSignal;
  /** How long the call may take in all, retries and the waits between them included. Default: the client's. */
  timeoutMs?: number;
  /** How often to try again where that is safe. Default: the client's. */
  maxRetries?: number;
}

/** What a call that creates something takes. */
export interface CreateOptions extends CallOptions {
  /**
   * A string of your own, e.g. a UUID: the same call with the same key within 24 hours is answered from the first, not done again.
   * With it the call is retried after a broken connection too. It costs the server a write to disk.
   */
  idempotencyKey?: string;
}

/** A call of the API by its path. */
export type PlainRequest = Pick<Request, 'method' | 'path' | 'query' | 'json' | 'idempotencyKey'>;

/** One request, as the resources describe it. */
export interface Request {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string | number | undefined>;
  json?: unknown;
  bytes?: Bytes;
  headers?: Record<string, string>;
  idempotencyKey?: string | undefined;
  /** Doing it twice does no harm. Default: true unless it is a POST without an idempotency key. */
  isRepeatable?: boolean;
  /** Statuses that carry an answer although they are no success. */
  alsoAnswers?: readonly number[];
  /** What the caller lets the server take by itself, on top of the client's timeout. */
  serverTimeMs?: number | undefined;
}

/** A key for one call; not `crypto.randomUUID`, which web pages have only over https. */
export const newIdempotencyKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

export interface TransportSettings {
  url: string;
  apiKey: string | undefined;
  fetch: Fetch;
  timeoutMs: number;
  maxRetries: number;
  signal: AbortSignal | undefined;
}

/** Sends requests to one server: deadline, retries, errors. */
export class Transport {
  readonly #settings: TransportSettings;

  constructor(settings: TransportSettings) {
    this.#settings = settings;
  }

  get url(): string {
    return this.#settings.url;
  }

  /** The signal of the whole client. */
  get signal(): AbortSignal | undefined {
    return this.#settings.signal;
  }

  /** The path on this server, each part encoded: `pathOf('v1', 'browsers', id)`. */
  static pathOf(...parts: string[]): string {
    return `/${parts.map(encodeURIComponent).join('/')}`;
  }

  /** An answer in JSON, as the contract describes it. */
  json<T>(request: Request, options: CallOptions = {}): Promise<T> {
    return this.#call(request, options, (response) => readJson(response) as Promise<T>);
  }

  /** An answer in JSON, or undefined when it has no body. */
  jsonOrNothing(request: Request, options: CallOptions = {}): Promise<unknown> {
    return this.#call(request, options, (response) => (response.status === 204 ? Promise.resolve(undefined) : readJson(response)));
  }

  /** An answer in bytes. */
  bytes(request: Request, options: CallOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return this.#call(request, options, async (response) => new Uint8Array(await response.arrayBuffer()));
  }

  /**
   * An answer without a body. When the answer to a DELETE was lost and the next try finds nothing to delete, the first one did it.
   */
  async none(request: Request, options: CallOptions = {}): Promise<void> {
    let tries = 0;
    const counted = () => tries++;
    try {
      await this.#call(request, options, async (response) => void (await response.arrayBuffer()), counted);
    } catch (error) {
      const wasDoneBefore = tries > 1 && request.method === 'DELETE' && error instanceof CarrelApiError && error.code === 'not_found';
      if (!wasDoneBefore) throw error;
    }
  }

  /** An answer that is read as it comes. The deadline and the signals, the client's too, are the caller's to keep; nothing is retried. */
  async stream(request: Request, signal: AbortSignal): Promise<Response> {
    mustNameAll(request);
    return await this.#whereItIs(async (url) => {
      const response = await this.#send(request, signal, url);
      if (!response.ok) throw await apiError(response);
      return response;
    });
  }

  /**
   * Makes a call, and when the browser that it is for is on another server, which has done nothing then, makes it there. The key goes along:
   * only a server that has it already has named that one, and never in the clear where it went encrypted before. Without a key, as on the
   * dashboard, whose cookie is for one server, nothing would come of it.
   */
  async #whereItIs<T>(call: (url: string) => Promise<T>): Promise<T> {
    try {
      return await call(this.url);
    } catch (error) {
      const url = error instanceof CarrelApiError && error.code === 'browser_elsewhere' ? error.details.url : undefined;
      if (this.#settings.apiKey === undefined || typeof url !== 'string' || (!url.startsWith('https:') && this.url.startsWith('https:')))
        throw error;
      return await call(url);
    }
  }

  async #call<T>(request: Request, options: CallOptions, read: (response: Response) => Promise<T>, onTry?: () => void): Promise<T> {
    mustNameAll(request);
    const timeoutMs = options.timeoutMs ?? this.#settings.timeoutMs + (request.serverTimeMs ?? 0);
    const maxRetries = options.maxRetries ?? this.#settings.maxRetries;
    let lastError: unknown;
    const overdue = () =>
      new CarrelTimeoutError(`${request.method} ${request.path} did not end within ${timeoutMs} ms. Give it a larger timeoutMs.`, {
        cause: lastError,
      });
    const outer = eitherSignal(this.#settings.signal, options.signal);
    const deadline = new Deadline(timeoutMs, outer.signal, overdue);
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          onTry?.();
          return await this.#whereItIs((url) => this.#attempt(request, deadline.signal, url, read));
        } catch (error) {
          lastError = error;
          if (attempt > maxRetries || !mayRetry(error, isRepeatable(request))) throw error;
          const delayMs = retryDelayMs(attempt, error instanceof CarrelApiError ? error.retryAfterMs : undefined);
          if (delayMs >= deadline.remainingMs) throw error; // It says more than "timeout", and says it now.
          await pause(delayMs, deadline.signal);
        }
      }
    } finally {
      deadline.dispose();
      outer.dispose();
    }
  }

  async #attempt<T>(request: Request, signal: AbortSignal, url: string, read: (response: Response) => Promise<T>): Promise<T> {
    const response = await this.#send(request, signal, url);
    try {
      if (!response.ok && !request.alsoAnswers?.includes(response.status)) throw await apiError(response);
      return await read(response);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw error instanceof CarrelError ? error : connectionError(error, url);
    }
  }

  async #send(request: Request, signal: AbortSignal, url: string): Promise<Response> {
    const { apiKey, fetch } = this.#settings;
    const headers: Record<string, string> = { accept: 'application/json', ...request.headers };
    if (apiKey !== undefined) headers.authorization = `Bearer ${apiKey}`;
    if (request.idempotencyKey !== undefined) headers['idempotency-key'] = request.idempotencyKey;
    if (request.json !== undefined) headers['content-type'] = 'application/json';
    else if (request.bytes !== undefined) headers['content-type'] = 'application/octet-stream';
    const body = request.json === undefined ? request.bytes : JSON.stringify(request.json);
    signal.throwIfAborted();
    try {
      return await fetch(`${url}${request.path}${queryString(request.query)}`, {
        method: request.method,
        headers,
        signal,
        // No call of Carrel redirects, and a POST that follows one can turn into a GET: it is an unexpected answer. Not `error`, with
        // which Node's fetch sends no body when it repeats a request that was answered 421, as the Fetch standard has it.
        redirect: 'manual',
        ...(body !== undefined && { body }),
      });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw connectionError(error, url);
    }
  }
}

const isRepeatable = (request: Request): boolean =>
  request.isRepeatable ?? (request.method !== 'POST' || request.idempotencyKey !== undefined);

/** A part of a path that is empty, or one of the two that a URL has for "here" and "above": encoding does not help those. */
const NAMELESS_PART = /\/\.{0,2}(?=\/|$)/;

/** Without an id, the path is another call's: of the list, or of what the resource is part of. */
function mustNameAll({ method, path }: Request): void {
  const [plain = ''] = path.split('?');
  if (!NAMELESS_PART.test(plain)) return;
  throw new CarrelError(
    'invalid_request',
    `${method} ${plain}: an id or a name in it is empty, or dots alone. Give the one that you mean.`,
  );
}

function queryString(query: Request['query'] = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
