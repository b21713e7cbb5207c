import { randomBytes, randomInt } from 'node:crypto';
import ipaddr from 'ipaddr.js';
/**
 * The local addresses that browsers leave from (`CARREL_EGRESS_ADDRESSES`): each browser gets one of each family that is there, the one with
 * the fewest browsers; of an IPv6 prefix one that no other browser has. The machine must be able to bind them: for a prefix that is routed
 * to it, `ip -6 route add local <prefix> dev lo` makes all of its addresses the machine's.
 */
export class LocalAddresses {
    #uses = new Map();
    #single;
    #prefixes;
    /** @param texts addresses and IPv6 prefixes, as `isLocalAddress` of the contract knows them */
    constructor(texts) {
        this.#single = texts.filter((text) => !text.includes('/')).map((text) => ipaddr.process(text).toString());
        this.#prefixes = texts.filter((text) => text.includes('/')).map((text) => ipaddr.IPv6.parseCIDR(text));
    }
    take() {
        const families = [
            this.#leastUsed(this.#single.filter((address) => !address.includes(':'))),
            this.#ofPrefix() ?? this.#leastUsed(this.#single.filter((address) => address.includes(':'))),
        ];
        const addresses = families.filter((address) => address !== undefined);
        for (const address of addresses)
            this.#uses.set(address, this.#usesOf(address) + 1);
        let isHeld = true;
        return {
            addresses,
            [Symbol.dispose]: () => {
                if (isHeld)
                    for (const address of addresses)
                        this.#giveBack(address);
                isHeld = false;
            },
        };
    }
    #usesOf(address) {
        return this.#uses.get(address) ?? 0;
    }
    #giveBack(address) {
        const left = this.#usesOf(address) - 1;
        if (left > 0)
            this.#uses.set(address, left);
        else
            this.#uses.delete(address);
    }
    #leastUsed(addresses) {
        return [...addresses].sort((a, b) => this.#usesOf(a) - this.#usesOf(b))[0];
    }
    /** A random one, so that nobody can tell from an address how many browsers there were before. */
    #ofPrefix() {
        const prefix = this.#prefixes[randomInt(Math.max(this.#prefixes.length, 1))];
        if (prefix === undefined)
            return undefined;
        // A prefix of few addresses may not have a free one: then one is shared.
        for (let tries = 0;; tries++) {
            const address = randomAddress(prefix);
            if (tries >= 16 || this.#usesOf(address) === 0)
                return address;
        }
    }
}
/** All bits behind the prefix are random, and not all zero, which is the router's address (RFC 4291, section 2.6.1). */
function randomAddress([base, bits]) {
    for (;;) {
        const random = randomBytes(16);
        const bytes = base.toByteArray().map((byte, at) => {
            const fixed = Math.min(Math.max(bits - 8 * at, 0), 8);
            const mask = (0xff << (8 - fixed)) & 0xff;
            return (byte & mask) | ((random[at] ?? 0) & ~mask & 0xff);
        });
        const address = ipaddr.fromByteArray(bytes).toString();
        if (bits >= 127 || address !== ipaddr.IPv6.networkAddressFromCIDR(`${base}/${bits}`).toString())
            return address;
    }
}
//# sourceMappingURL=local-addresses.js.map