import { request } from 'node:http';
import { isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { SocksClient } from 'socks';
import { withDeadline } from './deadline.js';
import { EgressFailure } from './failure.js';
import { authorityOf } from './target.js';
/** By way of an upstream proxy. The addresses of targets are its business, but what a rule here refuses it is not asked for. */
export class UpstreamExit {
    plainForm;
    #proxy;
    #gate;
    #dialer;
    #timeoutMs;
    #hasWorked = false;
    constructor(proxy, { gate, dialer, timeoutMs }) {
        this.#proxy = proxy;
        this.#gate = gate;
        this.#dialer = dialer;
        this.#timeoutMs = timeoutMs;
        this.plainForm = proxy.protocol === 'socks5' ? { form: 'origin' } : { form: 'absolute', authorization: proxy.authorization };
    }
    get info() {
        return this.#proxy.info;
    }
    get isResting() {
        return this.#proxy.isResting;
    }
    checkKept() {
        // It leads to the proxy, which was looked at when the connection was made and is what the browser was opened with.
    }
    isBypassed(target) {
        return this.#proxy.isBypassed(target);
    }
    async tunnel(target, signal) {
        await this.#gate.checkForUpstream(target, signal);
        return this.#within(signal, async (socket) => {
            if (this.#proxy.protocol === 'socks5')
                await this.#socks(socket, target);
            else
                await this.#connect(socket, target);
        });
    }
    async plain(target, signal) {
        if (this.plainForm.form === 'origin')
            return this.tunnel(target, signal);
        // Many HTTP proxies take CONNECT for port 443 alone.
        await this.#gate.checkForUpstream(target, signal);
        return this.#within(signal, async () => { });
    }
    /** What to say when the proxy wants other credentials (407, RFC 9110, section 15.5.8). */
    refuses() {
        this.#proxy.markFailed();
        return this.#failed('does not take its user name and password', undefined);
    }
    /** A connection to the proxy, with which something has been done; closed when that fails or takes too long. */
    async #within(signal, prepare) {
        const raw = await this.#dial(signal);
        try {
            const socket = this.#proxy.protocol === 'https' ? await this.#secure(raw, signal) : raw;
            await withDeadline(prepare(socket), this.#timeoutMs, signal);
            this.#hasWorked = true;
            return socket;
        }
        catch (cause) {
            raw.destroy();
            signal.throwIfAborted();
            throw cause instanceof EgressFailure ? cause : this.#silent(cause);
        }
    }
    /**
     * The proxy took the question and hung up or said nothing. That is what proxies do when a target cannot be reached, and no reason to
     * leave by another; unless this one never did any better.
     */
    #silent(cause) {
        if (!this.#hasWorked)
            return this.#failed('took the connection, but did not answer', cause);
        return new EgressFailure('connect_timeout', 'The proxy that this browser leaves by did not make the connection in time.', { cause });
    }
    /** What fails here has nothing to do with the target: the other browsers of this proxy had better know. */
    async #dial(signal) {
        const { address, isTrusted } = this.#proxy;
        try {
            const addresses = isTrusted
                ? await this.#gate.addressesOfTrusted(address, signal)
                : await this.#gate.addressesOfProxy(address, signal);
            return await this.#dialer.connect(addresses, address.port, address.host, signal);
        }
        catch (cause) {
            signal.throwIfAborted();
            this.#proxy.markFailed();
            throw this.#failed('could not be reached', cause);
        }
    }
    /** Of a proxy of the caller's the caller may know what is wrong; of the operator's only the operator. */
    #failed(what, cause) {
        const { isTrusted, info } = this.#proxy;
        const why = !isTrusted && cause instanceof EgressFailure ? ` ${cause.message}` : '';
        const whose = isTrusted ? 'The proxy that this browser leaves by' : `The proxy ${info.server}`;
        return new EgressFailure('exit_failed', `${whose} ${what}.${why}`, { cause });
    }
    async #secure(raw, signal) {
        const { host } = this.#proxy.address;
        const socket = connectTls({ socket: raw, ALPNProtocols: ['http/1.1'], ...(isIP(host) === 0 ? { servername: host } : { host }) });
        const isSecure = new Promise((resolve, reject) => {
            socket.once('secureConnect', resolve);
            socket.on('error', reject); // stays: what breaks later is seen when it closes
            raw.once('close', () => reject(new Error('it hung up')));
        });
        try {
            await withDeadline(isSecure, this.#timeoutMs, signal);
            return socket;
        }
        catch (cause) {
            signal.throwIfAborted();
            this.#proxy.markFailed();
            throw this.#failed('could not be spoken to over TLS', cause);
        }
    }
    /** RFC 9110, section 9.3.6. */
    async #connect(socket, target) {
        const { authorization } = this.#proxy;
        const path = authorityOf(target);
        const headers = ['Host', path, ...(authorization === undefined ? [] : ['Proxy-Authorization', authorization])];
        const status = await new Promise((resolve, reject) => {
            const asking = request({ method: 'CONNECT', path, headers, setHost: false, createConnection: () => socket });
            asking.once('connect', (response, _, head) => {
                if (head.length > 0)
                    socket.unshift(head);
                resolve(response.statusCode ?? 0);
            });
            asking.on('error', reject);
            asking.end();
        });
        if (status >= 200 && status < 300)
            return;
        if (status === 407)
            throw this.refuses();
        throw new EgressFailure('unreachable', `The proxy that this browser leaves by answered ${status} for ${path}.`);
    }
    /** RFC 1928; names are the proxy's to resolve. */
    async #socks(socket, { host, port }) {
        const { username, password, hasCredentials, address } = this.#proxy;
        const credentials = hasCredentials ? { userId: username, password } : {};
        try {
            await SocksClient.createConnection({
                proxy: { host: address.host, port: address.port, type: 5, ...credentials },
                command: 'connect',
                destination: { host, port },
                existing_socket: socket,
                timeout: this.#timeoutMs,
            });
        }
        catch (cause) {
            // The library's error carries the password.
            const message = cause instanceof Error ? cause.message : String(cause);
            const [, reply] = /rejected connection - (\w+)/.exec(message) ?? [];
            if (/authentication/i.test(message))
                throw this.refuses();
            if (reply === undefined)
                throw new Error(message);
            throw new EgressFailure('unreachable', `The proxy that this browser leaves by cannot reach ${host}:${port} (${reply}).`);
        }
    }
}
//# sourceMappingURL=upstream-exit.js.map