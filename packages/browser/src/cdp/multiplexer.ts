import type { Readable, Writable } from 'node:stream';
import { CarrelError } from '@carrel/protocol';
import { Client, type ClientEnd, type ClientEndpoint, type MultiplexerClient } from './client.js';
import { CDP_ERRORS, type Command, errorReply, parseCommand } from './command.js';
import { Congestion, FLOOD_BYTES } from './congestion.js';
import { dropSession, readdress, readEnvelope } from './envelope.js';
import { type Message, parseMessage } from './frames.js';
import { DebuggingPipe } from './pipe.js';
import { judge, type Whereabouts } from './policy/index.js';
import { type Session, SessionTable } from './sessions.js';
import { readWatched } from './watched-events.js';

export interface MultiplexerOptions extends Whereabouts {
  /** What Chromium writes (its fd 4) and what it reads (its fd 3). */
  readable: Readable;
  writable: Writable;
  /** Largest message in either direction, in bytes. */
  maxMessageBytes: number;
}

const MAX_PENDING_CALLS = 65_536;
/** Ten digits, like the largest id a client may use: the id of an answer can then be rewritten in place. */
const FIRST_ID = 1_000_000_000;
const LAST_ID = 0x7fff_fffe;
const ABOUT_PERMISSIONS = new Set(['Browser.grantPermissions', 'Browser.setPermission', 'Browser.resetPermissions']);
interface PendingCall {
  client: Client;
  clientId: number;
  session: Session<Client>;
  /** As the client wrote it; empty for its root session. */
  sessionId: string;
  /** Called when Chromium has done it. */
  onDone: (() => void) | undefined;
}

interface OwnCall {
  resolve: (result: Record<string, unknown>) => void;
  reject: (error: Error) => void;
}

/**
 * Lets any number of clients share the one debugging pipe of a browser. Each gets a root session of its own
 * (`Target.attachToBrowserTarget`), so that auto-attach, discovery and enabled domains are its own. Ids are mapped; a session belongs to
 * the client under whose session Chromium attached it, and nobody else can speak on it or hears of it.
 */
export class Multiplexer {
  readonly #pipe: DebuggingPipe;
  readonly #options: MultiplexerOptions;
  readonly #sessions = new SessionTable<Client>();
  readonly #clients = new Set<Client>();
  readonly #pending = new Map<number, PendingCall>();
  readonly #own = new Map<number, OwnCall>();
  readonly #congestion: Congestion;
  readonly #onClosed: (() => void)[] = [];
  #nextId = FIRST_ID;
  #isClosed = false;

  constructor(options: MultiplexerOptions) {
    this.#options = options;
    this.#congestion = new Congestion(options.readable, (client) => this.end(client as Client, 'too_slow'));
    this.#pipe = new DebuggingPipe({
      ...options,
      onMessage: (message) => this.#route(message),
      onOversized: (start) => this.#refuseOversized(start),
      onClosed: () => this.#close(),
      onBlocked: (isBlocked) => {
        for (const { endpoint } of this.#clients) isBlocked ? endpoint.pause() : endpoint.resume();
      },
    });
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  /** Calls back once, when Chromium has hung up. */
  onClosed(listener: () => void): void {
    if (this.#isClosed) listener();
    else this.#onClosed.push(listener);
  }

  /** To be called once Chromium runs: asks it to report crashes, which otherwise leave calls unanswered. */
  async start(): Promise<void> {
    await this.#call('Target.setDiscoverTargets', { discover: true });
  }

  /** Asks Chromium to end by itself, which no client may. Rejects with `browser_crashed` when it is gone. */
  async closeBrowser(): Promise<void> {
    await this.#call('Browser.close', {});
  }

  /** Lets a client in. Rejects with `browser_crashed` when Chromium is gone. */
  async attach(endpoint: ClientEndpoint): Promise<MultiplexerClient> {
    const { sessionId } = await this.#call('Target.attachToBrowserTarget', {});
    const client = new Client(endpoint, this, this.#sessions, sessionId as string);
    this.#clients.add(client);
    if (this.#pipe.isBlocked) endpoint.pause();
    return client;
  }

  /** Ends a client that did not ask for it, because the browser is about to end. */
  dismiss(client: MultiplexerClient): void {
    this.end(client as Client, 'browser_gone');
  }

  /** @internal One message from a client. */
  receive(client: Client, text: string): void {
    if (!this.#clients.has(client)) return;
    if (client.endpoint.bufferedBytes() > FLOOD_BYTES) {
      // It asks on and takes no answers, which would pile up here.
      this.end(client, 'too_slow');
      return;
    }
    const reply = (message: string) => client.endpoint.deliver([Buffer.from(message)]);
    if (Buffer.byteLength(text) > this.#options.maxMessageBytes) {
      reply(errorReply(null, CDP_ERRORS.invalidRequest, `Message is larger than ${this.#options.maxMessageBytes} bytes`));
      return;
    }
    const parsed = parseCommand(text);
    if (!parsed.ok) {
      reply(parsed.reply);
      return;
    }
    try {
      this.#obey(client, parsed.command);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const { id, sessionId } = parsed.command;
      reply(errorReply(id, CDP_ERRORS.invalidRequest, 'The parameters are nested too deeply', sessionId));
    }
  }

  #obey(client: Client, command: Command): void {
    const reply = (message: string) => client.endpoint.deliver([Buffer.from(message)]);
    const fail = (code: number, message: string) => reply(errorReply(command.id, code, message, command.sessionId));
    const answer = () => reply(JSON.stringify({ id: command.id, result: {}, ...(command.sessionId && { sessionId: command.sessionId }) }));
    const session = command.sessionId === '' ? client.root : this.#sessions.get(command.sessionId);
    if (session === undefined || session.owner !== client) {
      fail(CDP_ERRORS.sessionNotFound, 'Session with given id not found.');
      return;
    }
    const verdict = judge(command.method, command.params, this.#options);
    if (verdict.kind === 'refuse') fail(CDP_ERRORS.server, verdict.message);
    else if (verdict.kind === 'unknown') fail(CDP_ERRORS.methodNotFound, verdict.message);
    else if (verdict.kind === 'answer') answer();
    else if (verdict.kind === 'leave') {
      answer();
      this.end(client, 'left');
    } else if (client.pendingCalls >= MAX_PENDING_CALLS) fail(CDP_ERRORS.server, `More than ${MAX_PENDING_CALLS} calls are unanswered`);
    else this.#forward(session, verdict.kind === 'rewrite' ? { ...command, params: verdict.params } : command);
  }

  /** @internal */
  drained(client: Client): void {
    this.#congestion.drained(client);
  }

  /** @internal Ends a client: its root session is detached at once, since a new target waits for every session that asked to wait. */
  end(client: Client, reason: ClientEnd): void {
    if (!this.#clients.delete(client)) return;
    this.#congestion.forget(client);
    for (const { calls } of this.#sessions.remove(client.root.id)) for (const id of calls) this.#take(id);
    if (!this.#isClosed) {
      this.#call('Target.detachFromTarget', { sessionId: client.root.id }).catch(() => {
        // Only a browser that is going away refuses this, and its sessions go with it.
      });
    }
    // After that: what others ask for on hearing of it, Chromium shall not take for what left with the client.
    client.endpoint.ended(reason);
  }

  /** @throws {RangeError} for parameters nested deeper than they can be written out again */
  #forward(session: Session<Client>, { id: clientId, method, params, sessionId }: Command): void {
    const client = session.owner;
    const id = this.#takeId();
    const text = JSON.stringify({ id, method, params, sessionId: session.id });
    const onDone = ABOUT_PERMISSIONS.has(method) ? () => client.endpoint.hearPermissions?.(method, asObject(params)) : undefined;
    this.#pending.set(id, { client, clientId, session, sessionId, onDone });
    session.calls.add(id);
    client.pendingCalls++;
    this.#pipe.write(text);
  }

  #takeId(): number {
    do this.#nextId = this.#nextId >= LAST_ID ? FIRST_ID : this.#nextId + 1;
    while (this.#pending.has(this.#nextId) || this.#own.has(this.#nextId));
    return this.#nextId;
  }

  /** A call of the multiplexer itself, on the browser's own (session-less) connection. */
  #call(method: string, params: Record<string, unknown>): Promise<Record<string, unknown>> {
    if (this.#isClosed) return Promise.reject(gone());
    const id = this.#takeId();
    return new Promise((resolve, reject) => {
      this.#own.set(id, { resolve, reject });
      this.#pipe.write(JSON.stringify({ id, method, params }));
    });
  }

  #route(message: Message): void {
    const envelope = readEnvelope(message);
    if (envelope === null) return; // an error about a message that we did not write: there is nobody to tell
    if (envelope.kind === 'reply') this.#routeReply(message, envelope.id, envelope.idEnd);
    else this.#routeEvent(message, envelope.method, envelope.sessionId);
  }

  #routeReply(message: Message, id: number, idEnd: number): void {
    const call = this.#take(id);
    if (call === undefined) {
      this.#settleOwn(message, id);
      return;
    }
    if (call.onDone !== undefined && !('error' in (parseMessage(message) as object))) call.onDone();
    const reply = readdress(message, idEnd, call.clientId);
    this.#deliver(call.client, call.sessionId === '' ? dropSession(reply) : reply);
  }

  #settleOwn(message: Message, id: number): void {
    const own = this.#own.get(id);
    if (own === undefined) return; // answered by us already, when its target died
    this.#own.delete(id);
    const { result, error } = parseMessage(message) as { result?: Record<string, unknown>; error?: { message: string } };
    if (result !== undefined) own.resolve(result);
    else own.reject(new CarrelError('internal', `Chromium refused: ${error?.message ?? 'no reason given'}`));
  }

  #routeEvent(message: Message, method: string, sessionId: string): void {
    const session = sessionId === '' ? undefined : this.#sessions.get(sessionId);
    const watched = readWatched(method, message);
    if (watched?.method === 'Target.attachedToTarget' && session !== undefined) {
      const { params } = watched;
      this.#sessions.add({ id: params.sessionId, owner: session.owner, parentId: session.id, targetId: params.targetInfo.targetId });
    }
    if (session !== undefined) this.#deliver(session.owner, session === session.owner.root ? dropSession(message) : message);
    if (watched?.method === 'Target.detachedFromTarget') {
      for (const ended of this.#sessions.remove(watched.params.sessionId)) this.#failCalls(ended, 'Target closed');
    } else if (watched?.method === 'Inspector.targetCrashed' && session !== undefined) this.#failCalls(session, 'Target crashed');
    else if (watched?.method === 'Target.targetCrashed' && session === undefined) {
      for (const crashed of this.#sessions.ofTarget(watched.params.targetId)) this.#failCalls(crashed, 'Target crashed');
    }
  }

  #deliver(client: Client, message: Message): void {
    if (!this.#clients.has(client)) return;
    client.endpoint.deliver(message);
    this.#congestion.delivered(client);
  }

  /** Chromium never answers calls that were under way when their target died, so this does. */
  #failCalls({ calls }: Session<Client>, message: string): void {
    for (const id of calls) this.#fail(id, message);
  }

  #fail(id: number, message: string): void {
    const call = this.#take(id);
    if (call === undefined) return; // what was asked by ourselves, or nobody waits for
    this.#deliver(call.client, [Buffer.from(errorReply(call.clientId, CDP_ERRORS.server, message, call.sessionId))]);
  }

  /** A call that is answered now, or never. */
  #take(id: number): PendingCall | undefined {
    const call = this.#pending.get(id);
    if (call === undefined) return undefined;
    this.#pending.delete(id);
    call.session.calls.delete(id);
    call.client.pendingCalls--;
    return call;
  }

  #refuseOversized(start: Buffer): void {
    const envelope = readEnvelope([start]);
    // An event: nobody waits for it.
    if (envelope?.kind === 'reply') this.#fail(envelope.id, `The answer is larger than ${this.#options.maxMessageBytes} bytes`);
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const call of this.#own.values()) call.reject(gone());
    this.#own.clear();
    for (const id of this.#pending.keys()) this.#fail(id, 'Browser closed');
    for (const client of this.#clients) this.end(client, 'browser_gone');
    for (const listener of this.#onClosed) listener();
  }
}

const asObject = (params: unknown) => (typeof params === 'object' && params !== null ? params : {}) as Readonly<Record<string, unknown>>;

const gone = () => new CarrelError('browser_crashed', 'The browser has gone away.');
