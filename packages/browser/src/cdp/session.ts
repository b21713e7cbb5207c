import { CarrelError } from '@carrel/protocol';
import type { ProtocolMapping } from 'devtools-protocol/types/protocol-mapping.js';
import type { ClientEnd, ClientEndpoint, MultiplexerClient } from './client.js';
import { type Message, parseMessage } from './frames.js';
import type { Multiplexer } from './multiplexer.js';

type Commands = ProtocolMapping.Commands;
type Events = ProtocolMapping.Events;
type Params<M extends keyof Commands> = Commands[M]['paramsType'] extends [infer P] ? P : Commands[M]['paramsType'][0];
type Result<M extends keyof Commands> = Commands[M]['returnType'];
type Listener<E extends keyof Events> = (params: Events[E][0], sessionId: string | undefined) => void;

export interface SendOptions {
  /** A session attached under this one; left out: the browser itself. */
  sessionId?: string;
  /** Default 15,000. */
  timeoutMs?: number;
}

/** Chromium answered a command with an error. */
export class CdpError extends Error {
  override readonly name = 'CdpError';
  readonly code: number;

  constructor(method: string, code: number, message: string) {
    super(`${method}: ${message}`);
    this.code = code;
  }
}

const DEFAULT_TIMEOUT_MS = 15_000;

interface Waiting {
  method: string;
  timer: NodeJS.Timeout;
  resolve: (result: never) => void;
  reject: (error: Error) => void;
}

/** The engine's own way to talk to a browser: a client of the multiplexer with typed calls and events. */
export class CdpSession implements AsyncDisposable {
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Map<string, Set<(params: never, sessionId: string | undefined) => void>>();
  #client: MultiplexerClient | undefined;
  #nextId = 1;
  #end: ClientEnd | undefined;
  #resolveClosed: () => void = () => {};
  /** Resolves when this session has ended, whatever the reason. */
  readonly closed: Promise<void> = new Promise((resolve) => {
    this.#resolveClosed = resolve;
  });

  static async open(multiplexer: Pick<Multiplexer, 'attach'>): Promise<CdpSession> {
    const session = new CdpSession();
    session.#client = await multiplexer.attach(session.#endpoint());
    return session;
  }

  /**
   * Sends one command.
   * @throws {CdpError} when Chromium answers with an error
   * @throws {CarrelError} `browser_crashed` when the browser is or goes away, `page_unresponsive` when the time is over, `invalid_request`
   * when the parameters cannot be written as JSON
   */
  send<M extends keyof Commands>(method: M, params?: Params<M>, options: SendOptions = {}): Promise<Result<M>> {
    const { sessionId, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    if (this.#client === undefined || this.#end !== undefined) return Promise.reject(this.#gone(method));
    const id = this.#nextId++;
    let text: string;
    try {
      text = JSON.stringify({ id, method, params, sessionId });
    } catch (cause) {
      // A caller's value may be nested deeper than the stack goes. Nobody waits yet, whose rejection at the end nobody would hear.
      return Promise.reject(new CarrelError('invalid_request', 'The values given are nested too deep. Send flatter ones.', { cause }));
    }
    const { promise, timer, resolve, reject } = this.#wait<Result<M>>(id, method, timeoutMs);
    this.#waiting.set(id, { method, timer, resolve, reject });
    this.#client.receive(text);
    return promise;
  }

  /** Listens to an event, of this session and of those attached under it; returns how to stop. */
  on<E extends keyof Events>(event: E, listener: Listener<E>): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners);
    listeners.add(listener as never);
    return () => listeners.delete(listener as never);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client?.leave();
  }

  #wait<T>(id: number, method: string, timeoutMs: number) {
    let resolve: (result: T) => void = () => {};
    let reject: (error: Error) => void = () => {};
    const promise = new Promise<T>((onResult, onError) => {
      resolve = onResult;
      reject = onError;
    });
    const timer = setTimeout(() => {
      this.#waiting.delete(id);
      reject(new CarrelError('page_unresponsive', `${method} was not answered within ${timeoutMs} ms.`));
    }, timeoutMs);
    return { promise, timer, resolve: resolve as (result: never) => void, reject };
  }

  #endpoint(): ClientEndpoint {
    return {
      deliver: (message) => this.#receive(message),
      ended: (reason) => this.#ended(reason),
      bufferedBytes: () => 0,
      // The engine's own commands are few and small; waiting in the pipe's buffer is soon enough for them.
      pause: () => {},
      resume: () => {},
    };
  }

  #receive(bytes: Message): void {
    const message = parseMessage(bytes) as IncomingMessage;
    if (message.method !== undefined) {
      for (const listener of this.#listeners.get(message.method) ?? []) listener(message.params as never, message.sessionId);
      return;
    }
    const waiting = this.#waiting.get(message.id ?? -1);
    if (waiting === undefined) return; // its time was over
    this.#waiting.delete(message.id ?? -1);
    clearTimeout(waiting.timer);
    if (message.error !== undefined) waiting.reject(new CdpError(waiting.method, message.error.code, message.error.message));
    else waiting.resolve(message.result as never);
  }

  #ended(reason: ClientEnd): void {
    this.#end = reason;
    for (const { method, timer, reject } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(this.#gone(method));
    }
    this.#waiting.clear();
    this.#resolveClosed();
  }

  #gone(method: string): CarrelError {
    return new CarrelError('browser_crashed', `${method} failed: the browser has gone away.`);
  }
}

interface IncomingMessage {
  id?: number;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { code: number; message: string };
  sessionId?: string;
}
