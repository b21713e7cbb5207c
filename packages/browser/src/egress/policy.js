import { networkInterfaces } from 'node:os';
import { kindOf, parseAddress } from './addresses.js';
import { permits } from './allowances.js';
import { EgressFailure } from './failure.js';
import { nameServerResolver, systemResolver } from './resolver.js';
const INTERFACES_AGE_MS = 5_000;
/** Allowances of a range without a port are for all of them. */
const ANY_PORT = 1;
/** What the browsers of one server may connect to: everything public, what the operator allows, and never Carrel itself. */
export class EgressPolicy {
    resolve;
    #localRanges;
    #allowances;
    #interfaces;
    #ownPorts = new Set();
    /** The connections that proxies of this policy have open, by their two ends. */
    #dials = new Set();
    constructor({ allowances = [], nameServers = [], localRanges = [] } = {}) {
        this.#localRanges = localRanges;
        this.#allowances = new Set(allowances);
        this.resolve = nameServers.length === 0 ? systemResolver : nameServerResolver(nameServers);
    }
    /** Lets pages reach something until this is disposed of. */
    allow(allowance) {
        const own = { ...allowance };
        this.#allowances.add(own);
        return { [Symbol.dispose]: () => void this.#allowances.delete(own) };
    }
    /** A port that Carrel listens on, at whatever address of this machine: refused even where an allowance has it. */
    addOwnPort(port) {
        this.#ownPorts.add(port);
    }
    /** @throws {EgressFailure} `own_listener`, `address_not_public`; `named` is what the page asked for */
    checkAddress(address, port, named) {
        if (this.#ownPorts.has(port) && this.#isOfThisMachine(address)) {
            throw new EgressFailure('own_listener', `Port ${port} of ${named} belongs to Carrel itself, which pages may not reach.`);
        }
        const kind = kindOf(address);
        // The machine's own public address leads to what it keeps from others by a firewall, too.
        const isPublic = kind === 'public' && !this.#isOfThisMachine(address);
        if (isPublic || [...this.#allowances].some((allowance) => permits(allowance, address, port)))
            return;
        const what = named === address.toString() ? `${named} is` : `${named} is at ${address}, which is`;
        throw new EgressFailure('address_not_public', `${what} ${kind === 'public' ? 'an address of this machine' : `a ${kind} address`}. Pages may reach the public internet only, unless the operator allows more (CARREL_EGRESS_ALLOW).`);
    }
    /** Whether it leads to this machine. */
    #isOfThisMachine(address) {
        const kind = kindOf(address);
        if (kind === 'loopback' || kind === 'unspecified')
            return true;
        if (this.#localRanges.some((range) => permits(range, address, ANY_PORT)))
            return true;
        return this.#interfaceAddresses().has(address.toString());
    }
    /** The addresses of this machine's interfaces: asked for anew now and then, since every connection is looked at and the question is slow. */
    #interfaceAddresses() {
        const now = performance.now();
        if (this.#interfaces === undefined || now - this.#interfaces.askedAt > INTERFACES_AGE_MS) {
            const entries = Object.values(networkInterfaces()).flatMap((own) => own ?? []);
            this.#interfaces = { askedAt: now, addresses: new Set(entries.map((entry) => parseAddress(entry.address)?.toString())) };
        }
        return this.#interfaces.addresses;
    }
    /** Remembers a connection out, so that a proxy of this policy knows it when it comes in. */
    registerDial(socket) {
        const ends = endsOf(socket.localAddress, socket.localPort, socket.remoteAddress, socket.remotePort);
        this.#dials.add(ends);
        socket.once('close', () => this.#dials.delete(ends));
    }
    /** Whether a connection to a proxy comes from a proxy of this policy: from a page, that is, which looks for another browser's proxy. */
    isOwnDial(socket) {
        return this.#dials.has(endsOf(socket.remoteAddress, socket.remotePort, socket.localAddress, socket.localPort));
    }
}
const endsOf = (fromAddress = '', fromPort = 0, toAddress = '', toPort = 0) => `${parseAddress(fromAddress)}:${fromPort}-${parseAddress(toAddress)}:${toPort}`;
//# sourceMappingURL=policy.js.map