import ipaddr from 'ipaddr.js';
export type Address = ipaddr.IPv4 | ipaddr.IPv6;
/** What an address is for. Whatever is not `public` is refused; each is a word for the sentence "… is a … address". */
export type AddressKind = 'public' | 'unspecified' | 'loopback' | 'private' | 'link-local' | 'carrier-grade NAT' | 'multicast' | 'metadata' | 'translated' | 'reserved';
/**
 * Reads an address as programs write it: four decimal parts, or IPv6 with an optional zone. IPv4 in IPv6 clothes (`::ffff:127.0.0.1`)
 * becomes the IPv4 address that the kernel would connect to. Undefined for anything else, other spellings of IPv4 included.
 */
export declare function parseAddress(text: string): Address | undefined;
/** What an address is for. What is not known to be public is not public. */
export declare function kindOf(address: Address): AddressKind;
//# sourceMappingURL=addresses.d.ts.map