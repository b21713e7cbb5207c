import { CarrelError } from '@carrel/protocol';
import { CDP_ERRORS, errorReply, parseCommand } from './command.js';
import { Congestion, FLOOD_BYTES } from './congestion.js';
import { readdress, readEnvelope } from './envelope.js';
import { FrameReader } from './frames.js';
import { judge } from './policy/index.js';
import { SessionTable } from './sessions.js';
const MAX_PENDING_CALLS = 65_536;
/** Ten digits, like the largest id a client may use: the id of an answer can then be rewritten in place. */
const FIRST_ID = 1_000_000_000;
const LAST_ID = 0x7fff_fffe;
const ABOUT_PERMISSIONS = new Set(['Browser.grantPermissions', 'Browser.setPermission', 'Browser.resetPermissions']);
/** Events that the multiplexer itself needs. */
const WATCHED = new Set(['Target.attachedToTarget', 'Target.detachedFromTarget', 'Target.targetCrashed', 'Inspector.targetCrashed']);
class Client {
    endpoint;
    #multiplexer;
    rootSessionId = '';
    pendingCalls = 0;
    constructor(endpoint, multiplexer) {
        this.endpoint = endpoint;
        this.#multiplexer = multiplexer;
    }
    receive(text) {
        this.#multiplexer.receive(this, text);
    }
    drained() {
        this.#multiplexer.drained(this);
    }
    leave() {
        this.#multiplexer.end(this, 'left');
    }
}
/**
 * Lets any number of clients share the one debugging pipe of a browser. Each gets a root session of its own
 * (`Target.attachToBrowserTarget`), so that auto-attach, discovery and enabled domains are its own. Ids are mapped; a session belongs to
 * the client under whose session Chromium attached it, and nobody else can speak on it or hears of it.
 */
export class Multiplexer {
    #writable;
    #options;
    #sessions = new SessionTable();
    #clients = new Set();
    #pending = new Map();
    #own = new Map();
    #congestion;
    #onClosed = [];
    #nextId = FIRST_ID;
    #isClosed = false;
    #isBlocked = false;
    constructor(options) {
        this.#options = options;
        this.#writable = options.writable;
        this.#congestion = new Congestion(options.readable, (client) => this.end(client, 'too_slow'));
        const frames = new FrameReader({
            maxBytes: options.maxMessageBytes,
            onMessage: (message) => this.#route(message),
            onOversized: (start) => this.#refuseOversized(start),
        });
        options.readable.on('data', (chunk) => frames.push(chunk));
        options.readable.on('close', () => this.#close());
        options.readable.on('end', () => this.#close());
        // A broken pipe in either direction means that Chromium is gone, which the end of the readable side reports.
        options.readable.on('error', () => this.#close());
        options.writable.on('error', () => this.#close());
        options.writable.on('drain', () => this.#unblock());
    }
    get clientCount() {
        return this.#clients.size;
    }
    /** Calls back once, when Chromium has hung up. */
    onClosed(listener) {
        if (this.#isClosed)
            listener();
        else
            this.#onClosed.push(listener);
    }
    /** To be called once Chromium runs: asks it to report crashes, which otherwise leave calls unanswered. */
    async start() {
        await this.#call('Target.setDiscoverTargets', { discover: true });
    }
    /** Asks Chromium to end by itself, which no client may. Rejects with `browser_crashed` when it is gone. */
    async closeBrowser() {
        await this.#call('Browser.close', {});
    }
    /** Lets a client in. Rejects with `browser_crashed` when Chromium is gone. */
    async attach(endpoint) {
        const { sessionId } = await this.#call('Target.attachToBrowserTarget', {});
        const client = new Client(endpoint, this);
        client.rootSessionId = sessionId;
        this.#sessions.add({ id: client.rootSessionId, owner: client, parentId: '', targetId: '' });
        this.#clients.add(client);
        if (this.#isBlocked)
            endpoint.pause();
        return client;
    }
    /** Ends a client that did not ask for it, because the browser is about to end. */
    dismiss(client) {
        this.end(client, 'browser_gone');
    }
    /** @internal One message from a client. */
    receive(client, text) {
        if (!this.#clients.has(client))
            return;
        if (client.endpoint.bufferedBytes() > FLOOD_BYTES) {
            // It asks on and takes no answers, which would pile up here.
            this.end(client, 'too_slow');
            return;
        }
        const reply = (message) => client.endpoint.deliver(Buffer.from(message));
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
        }
        catch (error) {
            if (!(error instanceof RangeError))
                throw error;
            const { id, sessionId } = parsed.command;
            reply(errorReply(id, CDP_ERRORS.invalidRequest, 'The parameters are nested too deeply', sessionId));
        }
    }
    #obey(client, command) {
        const reply = (message) => client.endpoint.deliver(Buffer.from(message));
        const fail = (code, message) => reply(errorReply(command.id, code, message, command.sessionId));
        const answer = () => reply(JSON.stringify({ id: command.id, result: {}, ...(command.sessionId && { sessionId: command.sessionId }) }));
        if (command.sessionId !== '' && this.#sessions.get(command.sessionId)?.owner !== client) {
            fail(CDP_ERRORS.sessionNotFound, 'Session with given id not found.');
            return;
        }
        const verdict = judge(command.method, command.params, this.#options);
        if (verdict.kind === 'refuse')
            fail(CDP_ERRORS.server, verdict.message);
        else if (verdict.kind === 'unknown')
            fail(CDP_ERRORS.methodNotFound, verdict.message);
        else if (verdict.kind === 'answer')
            answer();
        else if (verdict.kind === 'leave') {
            answer();
            this.end(client, 'left');
        }
        else if (client.pendingCalls >= MAX_PENDING_CALLS)
            fail(CDP_ERRORS.server, `More than ${MAX_PENDING_CALLS} calls are unanswered`);
        else
            this.#forward(client, verdict.kind === 'rewrite' ? { ...command, params: verdict.params } : command);
    }
    /** @internal */
    drained(client) {
        this.#congestion.drained(client);
    }
    /** @internal Ends a client: its root session is detached at once, since a new target waits for every session that asked to wait. */
    end(client, reason) {
        if (!this.#clients.delete(client))
            return;
        this.#congestion.forget(client);
        for (const sessionId of this.#sessions.remove(client.rootSessionId))
            this.#forgetCalls(sessionId);
        if (!this.#isClosed) {
            this.#call('Target.detachFromTarget', { sessionId: client.rootSessionId }).catch(() => {
                // Only a browser that is going away refuses this, and its sessions go with it.
            });
        }
        // After that: what others ask for on hearing of it, Chromium shall not take for what left with the client.
        client.endpoint.ended(reason);
    }
    /** @throws {RangeError} for parameters nested deeper than they can be written out again */
    #forward(client, { id: clientId, method, params, sessionId }) {
        const id = this.#takeId();
        const text = JSON.stringify({ id, method, params, sessionId: sessionId || client.rootSessionId });
        const onDone = ABOUT_PERMISSIONS.has(method) ? () => client.endpoint.hearPermissions?.(method, asObject(params)) : undefined;
        this.#pending.set(id, { client, clientId, sessionId, onDone });
        client.pendingCalls++;
        this.#write(text);
    }
    #takeId() {
        do
            this.#nextId = this.#nextId >= LAST_ID ? FIRST_ID : this.#nextId + 1;
        while (this.#pending.has(this.#nextId) || this.#own.has(this.#nextId));
        return this.#nextId;
    }
    #write(message) {
        if (this.#writable.write(`${message}\0`) || this.#isBlocked)
            return;
        this.#isBlocked = true;
        for (const client of this.#clients)
            client.endpoint.pause();
    }
    #unblock() {
        this.#isBlocked = false;
        for (const client of this.#clients)
            client.endpoint.resume();
    }
    /** A call of the multiplexer itself, on the browser's own (session-less) connection. */
    #call(method, params) {
        if (this.#isClosed)
            return Promise.reject(gone());
        const id = this.#takeId();
        return new Promise((resolve, reject) => {
            this.#own.set(id, { resolve, reject });
            this.#write(JSON.stringify({ id, method, params }));
        });
    }
    #route(message) {
        const envelope = readEnvelope(message);
        if (envelope === null)
            return; // an error about a message that we did not write: there is nobody to tell
        if (envelope.id !== -1)
            this.#routeReply(message, envelope);
        else
            this.#routeEvent(message, envelope);
    }
    #routeReply(message, envelope) {
        const own = this.#own.get(envelope.id);
        if (own !== undefined) {
            this.#own.delete(envelope.id);
            const { result, error } = JSON.parse(message.toString());
            if (result !== undefined)
                own.resolve(result);
            else
                own.reject(new CarrelError('internal', `Chromium refused: ${error?.message ?? 'no reason given'}`));
            return;
        }
        const call = this.#pending.get(envelope.id);
        if (call === undefined)
            return; // answered by us already, when its target died
        this.#forget(envelope.id, call);
        if (call.onDone !== undefined && !('error' in JSON.parse(message.toString())))
            call.onDone();
        this.#deliver(call.client, readdress(message, envelope, call.clientId, call.sessionId === ''));
    }
    #routeEvent(message, envelope) {
        const session = envelope.sessionId === '' ? undefined : this.#sessions.get(envelope.sessionId);
        const watched = WATCHED.has(envelope.method) ? JSON.parse(message.toString()) : undefined;
        if (watched?.method === 'Target.attachedToTarget' && session !== undefined) {
            const { sessionId, targetInfo } = watched.params;
            this.#sessions.add({ id: sessionId, owner: session.owner, parentId: session.id, targetId: targetInfo.targetId });
        }
        if (session !== undefined) {
            this.#deliver(session.owner, readdress(message, envelope, 0, session.id === session.owner.rootSessionId));
        }
        if (watched?.method === 'Target.detachedFromTarget')
            this.#detached(watched.params.sessionId);
        else if (watched?.method === 'Inspector.targetCrashed')
            this.#failCalls(envelope.sessionId, 'Target crashed');
        else if (watched?.method === 'Target.targetCrashed' && session === undefined)
            this.#targetCrashed(watched.params.targetId);
    }
    #deliver(client, message) {
        if (!this.#clients.has(client))
            return;
        client.endpoint.deliver(message);
        this.#congestion.delivered(client);
    }
    #detached(sessionId) {
        for (const id of this.#sessions.remove(sessionId))
            this.#failCalls(id, 'Target closed');
    }
    #targetCrashed(targetId) {
        for (const id of this.#sessions.ofTarget(targetId))
            this.#failCalls(id, 'Target crashed');
    }
    /** Chromium never answers calls that were under way when their target died, so this does. */
    #failCalls(sessionId, message) {
        if (sessionId === '')
            return;
        for (const [id, call] of this.#pending) {
            if (call.sessionId !== sessionId)
                continue;
            this.#forget(id, call);
            this.#deliver(call.client, Buffer.from(errorReply(call.clientId, CDP_ERRORS.server, message, sessionId)));
        }
    }
    #forgetCalls(sessionId) {
        for (const [id, call] of this.#pending) {
            if ((call.sessionId || call.client.rootSessionId) === sessionId)
                this.#forget(id, call);
        }
    }
    #forget(id, call) {
        this.#pending.delete(id);
        call.client.pendingCalls--;
    }
    #refuseOversized(start) {
        const envelope = readEnvelope(Buffer.concat([start, Buffer.from('"')]));
        const call = envelope === null ? undefined : this.#pending.get(envelope.id);
        if (envelope === null || call === undefined)
            return; // an event: nobody waits for it
        this.#forget(envelope.id, call);
        const text = `The answer is larger than ${this.#options.maxMessageBytes} bytes`;
        this.#deliver(call.client, Buffer.from(errorReply(call.clientId, CDP_ERRORS.server, text, call.sessionId)));
    }
    #close() {
        if (this.#isClosed)
            return;
        this.#isClosed = true;
        for (const call of this.#own.values())
            call.reject(gone());
        this.#own.clear();
        for (const [id, call] of this.#pending) {
            this.#forget(id, call);
            call.client.endpoint.deliver(Buffer.from(errorReply(call.clientId, CDP_ERRORS.server, 'Browser closed', call.sessionId)));
        }
        for (const client of this.#clients)
            this.end(client, 'browser_gone');
        for (const listener of this.#onClosed)
            listener();
    }
}
const asObject = (params) => (typeof params === 'object' && params !== null ? params : {});
const gone = () => new CarrelError('browser_crashed', 'The browser has gone away.');
//# sourceMappingURL=multiplexer.js.map