import { connect, isIP } from 'node:net';
import { EgressFailure } from './failure.js';
/** RFC 8305, section 8: the "Connection Attempt Delay". */
const ATTEMPT_DELAY_MS = 250;
/** A name with more addresses than this is not tried to its end. */
const MAX_ATTEMPTS = 8;
/** Of one browser: one that was taken over shall not use up the descriptors of all. */
const MAX_SOCKETS = 1024;
const KEEP_ALIVE_MS = 60_000;
/** Makes the TCP connections of one browser: to addresses that somebody has looked at, never to names. */
export class Dialer {
    #policy;
    #localAddresses;
    #connectTimeoutMs;
    #sockets = new Set();
    /** Sockets that are being connected or were, until they are closed. */
    #attempts = 0;
    #closedBytes = { in: 0, out: 0 };
    constructor({ policy, localAddresses, connectTimeoutMs }) {
        this.#policy = policy;
        this.#localAddresses = new Map(localAddresses.map((address) => [isIP(address), address]));
        this.#connectTimeoutMs = connectTimeoutMs;
    }
    /** Bytes that its connections have carried, of those that are open too; what speaking to upstream proxies took is among them. */
    get bytes() {
        const sum = { ...this.#closedBytes };
        for (const socket of this.#sockets) {
            sum.in += socket.bytesRead;
            sum.out += socket.bytesWritten;
        }
        return sum;
    }
    /**
     * Connects to one of the addresses: to the next one when an attempt fails or takes long, as RFC 8305 has it ("happy eyeballs").
     * @param host what the addresses belong to, for messages
     * @throws {EgressFailure} `unreachable`, `connect_timeout`; the signal's reason
     */
    async connect(addresses, port, host, signal) {
        const usable = this.#localAddresses.size === 0 ? addresses : addresses.filter((address) => this.#localAddresses.has(isIP(address)));
        if (usable.length === 0) {
            throw new EgressFailure('unreachable', `${host} has no address of a family that this browser may leave from (CARREL_EGRESS_ADDRESSES).`);
        }
        if (this.#attempts >= MAX_SOCKETS) {
            throw new EgressFailure('unreachable', `This browser has ${MAX_SOCKETS} connections open, as many as it may.`);
        }
        const socket = await this.#race(alternate(usable).slice(0, MAX_ATTEMPTS), port, host, signal);
        socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
        this.#policy.registerDial(socket);
        this.#sockets.add(socket);
        socket.on('error', () => { }); // it is closed then, which is what its users look at
        socket.once('close', () => {
            this.#sockets.delete(socket);
            this.#closedBytes.in += socket.bytesRead;
            this.#closedBytes.out += socket.bytesWritten;
        });
        return socket;
    }
    [Symbol.dispose]() {
        for (const socket of this.#sockets)
            socket.destroy();
    }
    #race(addresses, port, host, signal) {
        return new Promise((resolve, reject) => {
            const waiting = [...addresses];
            const attempts = new Set();
            let timer;
            const settle = (winner) => {
                clearTimeout(timer);
                clearTimeout(deadline);
                signal.removeEventListener('abort', onAbort);
                waiting.length = 0;
                for (const socket of attempts)
                    if (socket !== winner)
                        socket.destroy();
            };
            const fail = (error) => {
                settle();
                reject(error);
            };
            const onAbort = () => fail(signal.reason);
            const late = () => fail(new EgressFailure('connect_timeout', `${host} did not take the connection in ${this.#connectTimeoutMs / 1000} s.`));
            const deadline = setTimeout(late, this.#connectTimeoutMs);
            const tryNext = () => {
                clearTimeout(timer);
                const address = waiting.shift();
                if (address === undefined)
                    return;
                const localAddress = this.#localAddresses.get(isIP(address));
                const socket = connect({ host: address, port, allowHalfOpen: true, ...(localAddress === undefined ? {} : { localAddress }) });
                attempts.add(socket);
                this.#attempts++;
                socket.once('close', () => this.#attempts--);
                socket.once('connect', () => {
                    settle(socket);
                    socket.off('error', onError);
                    resolve(socket);
                });
                const onError = (error) => {
                    attempts.delete(socket);
                    if (waiting.length > 0)
                        tryNext();
                    else if (attempts.size === 0)
                        fail(new EgressFailure('unreachable', why(host, error, localAddress), { cause: error }));
                };
                socket.on('error', onError);
                if (waiting.length > 0)
                    timer = setTimeout(tryNext, ATTEMPT_DELAY_MS);
            };
            if (signal.aborted)
                return onAbort();
            signal.addEventListener('abort', onAbort, { once: true });
            tryNext();
        });
    }
}
function why(host, { code, message }, localAddress) {
    if (code === 'EADDRNOTAVAIL' && localAddress !== undefined) {
        return `The address ${localAddress} that this browser leaves from (CARREL_EGRESS_ADDRESSES) is not one of this machine's.`;
    }
    return code === 'ECONNREFUSED' ? `${host} refused the connection.` : `${host} could not be reached: ${message}.`;
}
/** One of each family in turn, beginning with the family of the first, so that one that does not work costs little. */
function alternate(addresses) {
    const first = isIP(addresses[0] ?? '');
    const [same, other] = [addresses.filter((address) => isIP(address) === first), addresses.filter((address) => isIP(address) !== first)];
    return Array.from({ length: Math.max(same.length, other.length) }, (_, at) => [same[at], other[at]])
        .flat()
        .filter((address) => address !== undefined);
}
//# sourceMappingURL=dialer.js.map