import { CarrelError } from '@carrel/protocol';
/** Chromium answered a command with an error. */
export class CdpError extends Error {
    name = 'CdpError';
    code;
    constructor(method, code, message) {
        super(`${method}: ${message}`);
        this.code = code;
    }
}
const DEFAULT_TIMEOUT_MS = 15_000;
/** The engine's own way to talk to a browser: a client of the multiplexer with typed calls and events. */
export class CdpSession {
    #waiting = new Map();
    #listeners = new Map();
    #client;
    #nextId = 1;
    #end;
    #resolveClosed = () => { };
    /** Resolves when this session has ended, whatever the reason. */
    closed = new Promise((resolve) => {
        this.#resolveClosed = resolve;
    });
    static async open(multiplexer) {
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
    send(method, params, options = {}) {
        const { sessionId, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
        if (this.#client === undefined || this.#end !== undefined)
            return Promise.reject(this.#gone(method));
        const id = this.#nextId++;
        let text;
        try {
            text = JSON.stringify({ id, method, params, sessionId });
        }
        catch (cause) {
            // A caller's value may be nested deeper than the stack goes. Nobody waits yet, whose rejection at the end nobody would hear.
            return Promise.reject(new CarrelError('invalid_request', 'The values given are nested too deep. Send flatter ones.', { cause }));
        }
        const { promise, timer, resolve, reject } = this.#wait(id, method, timeoutMs);
        this.#waiting.set(id, { method, timer, resolve, reject });
        this.#client.receive(text);
        return promise;
    }
    /** Listens to an event, of this session and of those attached under it; returns how to stop. */
    on(event, listener) {
        const listeners = this.#listeners.get(event) ?? new Set();
        this.#listeners.set(event, listeners);
        listeners.add(listener);
        return () => listeners.delete(listener);
    }
    async [Symbol.asyncDispose]() {
        this.#client?.leave();
    }
    #wait(id, method, timeoutMs) {
        let resolve = () => { };
        let reject = () => { };
        const promise = new Promise((onResult, onError) => {
            resolve = onResult;
            reject = onError;
        });
        const timer = setTimeout(() => {
            this.#waiting.delete(id);
            reject(new CarrelError('page_unresponsive', `${method} was not answered within ${timeoutMs} ms.`));
        }, timeoutMs);
        return { promise, timer, resolve: resolve, reject };
    }
    #endpoint() {
        return {
            deliver: (message) => this.#receive(message),
            ended: (reason) => this.#ended(reason),
            bufferedBytes: () => 0,
            // The engine's own commands are few and small; waiting in the pipe's buffer is soon enough for them.
            pause: () => { },
            resume: () => { },
        };
    }
    #receive(buffer) {
        const message = JSON.parse(buffer.toString());
        if (message.method !== undefined) {
            for (const listener of this.#listeners.get(message.method) ?? [])
                listener(message.params, message.sessionId);
            return;
        }
        const waiting = this.#waiting.get(message.id ?? -1);
        if (waiting === undefined)
            return; // its time was over
        this.#waiting.delete(message.id ?? -1);
        clearTimeout(waiting.timer);
        if (message.error !== undefined)
            waiting.reject(new CdpError(waiting.method, message.error.code, message.error.message));
        else
            waiting.resolve(message.result);
    }
    #ended(reason) {
        this.#end = reason;
        for (const { method, timer, reject } of this.#waiting.values()) {
            clearTimeout(timer);
            reject(this.#gone(method));
        }
        this.#waiting.clear();
        this.#resolveClosed();
    }
    #gone(method) {
        return new CarrelError('browser_crashed', `${method} failed: the browser has gone away.`);
    }
}
//# sourceMappingURL=session.js.map