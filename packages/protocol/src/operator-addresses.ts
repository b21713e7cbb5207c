import { z } from 'zod';

/** An allowance as the operator writes it, in its parts. */
export interface WrittenAllowance {
  readonly family: 4 | 6;
  /** As it was written, without brackets. */
  readonly address: string;
  readonly prefixBits: number;
  /** Null: every port. */
  readonly port: number | null;
}

const ALLOWANCE = /^(?:\[(?<bracketed>[^\]]+)\]|(?<bare>[0-9a-f.:]+?))(?:\/(?<bits>\d{1,3}))?(?::(?<port>\d{1,5}))?$/i;
const MAX_PORT = 65_535;

const familyOf = (text: string): 4 | 6 | undefined =>
  z.ipv4().safeParse(text).success ? 4 : z.ipv6().safeParse(text).success ? 6 : undefined;

/**
 * Reads one allowance: an address or a CIDR range, with an optional port: `10.0.0.0/8`, `10.1.2.3:8080`, `fd00::/8`, `[::1]:8080`,
 * `[::1]/128:8080`. Undefined when it is none.
 */
export function readAllowance(text: string): WrittenAllowance | undefined {
  const groups = familyOf(text) === 6 ? { bare: text } : ALLOWANCE.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { bracketed, bare, bits, port } = groups as Partial<Record<'bracketed' | 'bare' | 'bits' | 'port', string>>;
  const address = bracketed ?? bare ?? '';
  const family = familyOf(address);
  if (family === undefined || (bracketed !== undefined && family !== 6)) return undefined;
  const maxBits = family === 4 ? 32 : 128;
  const prefixBits = bits === undefined ? maxBits : Number(bits);
  const portNumber = port === undefined ? null : Number(port);
  if (prefixBits > maxBits || (portNumber !== null && (portNumber < 1 || portNumber > MAX_PORT))) return undefined;
  return { family, address, prefixBits, port: portNumber };
}

/** An address that browsers may leave from, or a prefix of which each browser gets an address of its own. */
export const isLocalAddress = (text: string): boolean => familyOf(text) !== undefined || z.cidrv6().safeParse(text).success;

/** A name server: an address with an optional port, IPv6 in brackets then. */
export function isNameServer(text: string): boolean {
  const [, bracketed, bare, port] =
    /^(?:\[([^\]]+)\]|([0-9.]+|[0-9a-f:]+?))(?::(\d{1,5}))?$/i.exec(familyOf(text) === 6 ? `[${text}]` : text) ?? [];
  const family = familyOf(bracketed ?? bare ?? '');
  return family === (bracketed === undefined ? 4 : 6) && (port === undefined || (Number(port) >= 1 && Number(port) <= MAX_PORT));
}

/** The URL of an upstream proxy; without a scheme it is an HTTP proxy, as Playwright has it. */
export function parseProxyUrl(text: string): URL | undefined {
  const full = /^[a-z0-9+.-]+:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url === undefined || !['http:', 'https:', 'socks5:', 'socks5h:'].includes(url.protocol)) return undefined;
  const isBare = url.hostname !== '' && (url.pathname === '' || url.pathname === '/') && url.search === '' && url.hash === '';
  return isBare && url.port !== '0' ? url : undefined;
}

/** A proxy of the operator's pool. */
export const poolEntry = z.strictObject({
  url: z
    .string()
    .max(2048)
    .refine((text) => parseProxyUrl(text) !== undefined, 'must be http://, https:// or socks5://, a host and a port'),
  country: z
    .string()
    .regex(/^[A-Za-z]{2}$/, 'must be two letters (ISO 3166-1)')
    .optional(),
  city: z.string().min(1).max(128).optional(),
  tags: z.array(z.string().min(1).max(64)).max(50).optional(),
  weight: z.number().positive().max(1_000_000).optional(),
});
export type PoolEntry = z.infer<typeof poolEntry>;
