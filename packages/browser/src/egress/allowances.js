import { readAllowance } from '@carrel/protocol';
import ipaddr from 'ipaddr.js';
import { parseAddress } from './addresses.js';
/** Reads one allowance (`readAllowance` of the contract says how they are written). Undefined when it is none. */
export function parseAllowance(text) {
    const written = readAllowance(text);
    const network = written === undefined ? undefined : parseAddress(written.address);
    if (written === undefined || network === undefined)
        return undefined;
    // Addresses like ::ffff:10.0.0.1 are looked at as the IPv4 addresses that they are: 104 bits of them are 8 of those.
    const isMapped = written.family === 6 && network instanceof ipaddr.IPv4;
    const prefixBits = written.prefixBits - (isMapped ? 96 : 0);
    return prefixBits < 0 ? undefined : { network, prefixBits, port: written.port };
}
/** Whether an allowance is for this address and port. */
export function permits({ network, prefixBits, port: allowed }, address, port) {
    return (allowed === null || allowed === port) && address.kind() === network.kind() && address.match(network, prefixBits);
}
//# sourceMappingURL=allowances.js.map