import { EgressFailure } from './failure.js';
/** From this machine straight to the target. */
export class DirectExit {
    info;
    plainForm = { form: 'origin' };
    isResting = false;
    #gate;
    #dialer;
    constructor(gate, dialer, localAddresses) {
        this.#gate = gate;
        this.#dialer = dialer;
        this.info = { type: 'direct', source: 'host', server: null, addresses: [...localAddresses], country: null, city: null, tags: [] };
    }
    async tunnel(target, signal) {
        const addresses = await this.#gate.addressesOf(target, signal);
        return this.#dialer.connect(addresses, target.port, target.host, signal);
    }
    plain(target, signal) {
        return this.tunnel(target, signal);
    }
    checkKept({ remoteAddress = '' }, target) {
        this.#gate.checkConnected(remoteAddress, target);
    }
    refuses() {
        return new EgressFailure('unreachable', 'The site asked for the password of a proxy, which no site has to.');
    }
    isBypassed() {
        return false;
    }
}
//# sourceMappingURL=exits.js.map