import pLimit from 'p-limit';
import { parseAddress } from './addresses.js';
import { withDeadline } from './deadline.js';
import { EgressFailure } from './failure.js';
import { Rules } from './rules.js';
/** The machine looks up only a few names at a time; a page that asks for names nobody answers for shall not take all of that. */
const MAX_LOOKUPS = 2;
/** What one browser may connect to. Names are resolved here and nowhere else: whoever connects is given addresses. */
export class Gate {
    #policy;
    #rules;
    #lookupTimeoutMs;
    #limit = pLimit(MAX_LOOKUPS);
    constructor(policy, rules, lookupTimeoutMs) {
        this.#policy = policy;
        this.#rules = new Rules(rules);
        this.#lookupTimeoutMs = lookupTimeoutMs;
    }
    /**
     * The addresses of a target, every one of them allowed: a single bad one refuses the name, since it is the page's name server that
     * chooses which of them is used.
     * @throws {EgressFailure} when a rule refuses it or the name has no address
     */
    async addressesOf(target, signal) {
        this.#rules.check(target);
        return this.#vet(target, await this.#resolve(target.host, signal), this.#rules);
    }
    /** The same for a connection that has been made. @throws {EgressFailure} when a rule refuses it now */
    checkConnected(address, target) {
        this.#vet(target, [address], this.#rules);
    }
    /**
     * Refuses a target of an upstream proxy, which resolves names by itself. Where a name resolves here too, its addresses must be allowed.
     * @throws {EgressFailure} when a rule refuses it
     */
    async checkForUpstream(target, signal) {
        this.#rules.check(target);
        const addresses = await this.#resolve(target.host, signal).catch((error) => {
            signal.throwIfAborted();
            if (error instanceof EgressFailure)
                return []; // a name that only the upstream knows
            throw error;
        });
        this.#vet(target, addresses, this.#rules);
    }
    /**
     * The addresses of a proxy that the caller named: the server connects to it on the caller's behalf, so that it is no better than a page's
     * target. The browser's own rules are about pages and do not count.
     * @throws {EgressFailure} when it is not allowed or the name has no address
     */
    async addressesOfProxy(target, signal) {
        return this.#vet(target, await this.#resolve(target.host, signal));
    }
    /** The addresses of a proxy of the operator's, who may keep it on a private network. */
    addressesOfTrusted(target, signal) {
        return this.#resolve(target.host, signal);
    }
    #vet(target, addresses, rules) {
        return addresses.map((text) => {
            const address = parseAddress(text);
            if (address === undefined)
                throw new EgressFailure('name_not_resolved', `${target.host} resolves to ${text}, which is no address.`);
            this.#policy.checkAddress(address, target.port, target.host);
            rules?.checkAddress(address, target);
            // As it was looked at, and not as it was written.
            return address.toString();
        });
    }
    async #resolve(host, signal) {
        if (parseAddress(host) !== undefined)
            return [host];
        // RFC 6761, section 6.3: never a question for a name server.
        if (/(^|\.)localhost\.?$/.test(host))
            return ['127.0.0.1', '::1'];
        // Nobody waits any more for what is still in line then.
        const isOver = AbortSignal.any([signal, AbortSignal.timeout(this.#lookupTimeoutMs)]);
        try {
            return await withDeadline(this.#limit(() => (isOver.aborted ? Promise.reject(isOver.reason) : this.#policy.resolve(host))), this.#lookupTimeoutMs, signal);
        }
        catch (cause) {
            signal.throwIfAborted();
            throw new EgressFailure('name_not_resolved', `The name ${host} could not be resolved.`, { cause });
        }
    }
}
//# sourceMappingURL=gate.js.map