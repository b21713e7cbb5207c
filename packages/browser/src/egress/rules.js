import { isHostPattern } from '@carrel/protocol';
import { parseAddress } from './addresses.js';
import { EgressFailure } from './failure.js';
/** A host pattern of the contract (`isHostPattern`), ready to be matched. */
export class HostPattern {
    #matchesHost;
    #address;
    #port;
    /** @throws {TypeError} when it is none */
    constructor(text) {
        const [, host = '', port] = (isHostPattern(text) ? /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(text) : null) ?? [];
        if (host === '')
            throw new TypeError(`${JSON.stringify(text)} is not a host pattern`);
        const name = host === '*' ? '' : new URL(`http://${host.replace(/^\*\./, '')}`).hostname.replace(/^\[|\]$/g, '');
        this.#port = port === undefined ? null : Number(port);
        this.#address = parseAddress(name)?.toString();
        if (host === '*')
            this.#matchesHost = () => true;
        else if (host.startsWith('*.'))
            this.#matchesHost = (asked) => asked.endsWith(`.${name}`);
        else if (this.#address !== undefined)
            this.#matchesHost = (asked) => parseAddress(asked)?.toString() === this.#address;
        else
            this.#matchesHost = (asked) => asked === name;
    }
    matches({ host, port }) {
        // `example.com.` is the same host as `example.com`.
        return (this.#port === null || this.#port === port) && this.#matchesHost(host.replace(/\.$/, ''));
    }
    /** Whether it is this very address, however the host was named. */
    isAddress(address, port) {
        return (this.#port === null || this.#port === port) && this.#address === address.toString();
    }
}
/** What one browser may reach, of what all may reach: `deny` wins over `allow`. */
export class Rules {
    #allow;
    #deny;
    constructor({ allow, deny } = {}) {
        this.#allow = allow?.map((text) => new HostPattern(text)) ?? null;
        this.#deny = deny?.map((text) => new HostPattern(text)) ?? [];
    }
    /** @throws {EgressFailure} `host_denied`, `host_not_allowed` */
    check(target) {
        if (this.#deny.some((pattern) => pattern.matches(target))) {
            throw new EgressFailure('host_denied', `This browser was opened with a rule (network.deny) against ${target.host}.`);
        }
        if (this.#allow !== null && !this.#allow.some((pattern) => pattern.matches(target))) {
            throw new EgressFailure('host_not_allowed', `This browser may reach only some hosts (network.allow), and ${target.host} is none.`);
        }
    }
    /** A denied address cannot be reached by a name for it either. @throws {EgressFailure} `host_denied` */
    checkAddress(address, { host, port }) {
        if (this.#deny.some((pattern) => pattern.isAddress(address, port))) {
            throw new EgressFailure('host_denied', `${host} is at ${address}, and this browser has a rule (network.deny) against that.`);
        }
    }
}
//# sourceMappingURL=rules.js.map