import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Address } from './addresses.js';

/** Addresses that pages may reach although they are not public: the operator's decision. */
export interface Allowance {
  readonly network: readonly [Address, prefixBits: number];
  /** Null: every port. */
  readonly port: number | null;
}

const ALLOWANCE = /^(?:\[(?<bracketed>[^\]]+)\]|(?<bare>[0-9a-f.:]+?))(?:\/(?<bits>\d{1,3}))?(?::(?<port>\d{1,5}))?$/i;

/**
 * Reads one allowance: an address or a CIDR range, with an optional port: `10.0.0.0/8`, `10.1.2.3:8080`, `fd00::/8`, `[::1]:8080`,
 * `[::1]/128:8080`. Undefined when it is none.
 */
export function parseAllowance(text: string): Allowance | undefined {
  const groups = isIP(text) === 6 ? { bare: text } : ALLOWANCE.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { bracketed, bare, bits, port } = groups as Partial<Record<'bracketed' | 'bare' | 'bits' | 'port', string>>;
  const host = bracketed ?? bare ?? '';
  const family = isIP(host);
  if (family === 0 || (bracketed !== undefined && family !== 6)) return undefined;
  const address = ipaddr.parse(host);
  // Such addresses are looked at as the IPv4 addresses that they are: a range of them would never match.
  if (address instanceof ipaddr.IPv6 && (address.isIPv4MappedAddress() || address.zoneId !== undefined)) return undefined;
  const maxBits = family === 4 ? 32 : 128;
  const prefixBits = bits === undefined ? maxBits : Number(bits);
  const portNumber = port === undefined ? null : Number(port);
  if (prefixBits > maxBits || (portNumber !== null && (portNumber < 1 || portNumber > 65_535))) return undefined;
  return { network: [address, prefixBits], port: portNumber };
}

/** Whether an allowance is for this address and port. */
export function permits({ network: [base, prefixBits], port: allowed }: Allowance, address: Address, port: number): boolean {
  return (allowed === null || allowed === port) && address.kind() === base.kind() && address.match(base, prefixBits);
}
