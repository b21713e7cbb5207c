import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
const RANGES = {
    unicast: 'public',
    unspecified: 'unspecified',
    loopback: 'loopback',
    private: 'private',
    uniqueLocal: 'private',
    deprecatedSiteLocal: 'private',
    linkLocal: 'link-local',
    carrierGradeNat: 'carrier-grade NAT',
    multicast: 'multicast',
    broadcast: 'multicast',
    // Another address inside, which a router on the way takes out again.
    ipv4Mapped: 'translated',
    rfc6145: 'translated',
    rfc6052: 'translated',
    '6to4': 'translated',
    teredo: 'translated',
};
/** The part of IPv6 that is handed out for the internet (https://www.iana.org/assignments/ipv6-address-space). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
/** RFC 6052, section 2.1. */
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
/** Of the clouds whose metadata is at an address that looks public: Azure's WireServer answers every machine inside. */
const METADATA = ['168.63.129.16'];
/**
 * Reads an address as programs write it: four decimal parts, or IPv6 with an optional zone. IPv4 in IPv6 clothes (`::ffff:127.0.0.1`)
 * becomes the IPv4 address that the kernel would connect to. Undefined for anything else, other spellings of IPv4 included.
 */
export function parseAddress(text) {
    const family = isIP(text);
    if (family === 0)
        return undefined;
    return ipaddr.process(family === 6 ? inHexadecimal(text) : text);
}
/** ipaddr.js takes `::127.0.0.1`, which is IPv4-compatible (RFC 4291, section 2.5.5.1), for IPv4-mapped; without dots it does not. */
function inHexadecimal(text) {
    const [address = '', zone] = text.split('%');
    if (!address.includes('.'))
        return text;
    return new URL(`http://[${address}]`).hostname.slice(1, -1) + (zone === undefined ? '' : `%${zone}`);
}
/** What an address is for. What is not known to be public is not public. */
export function kindOf(address) {
    if (METADATA.includes(address.toString()))
        return 'metadata';
    if (address instanceof ipaddr.IPv6) {
        // On networks without IPv4 all of its internet is here. What is embedded decides.
        if (address.match(NAT64))
            return kindOf(ipaddr.fromByteArray(address.toByteArray().slice(12))) === 'public' ? 'public' : 'translated';
        if (address.range() === 'unicast' && !address.match(GLOBAL_UNICAST))
            return 'reserved';
    }
    return RANGES[address.range()] ?? 'reserved';
}
//# sourceMappingURL=addresses.js.map