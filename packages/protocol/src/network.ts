import { z } from 'zod';
import { timestamp } from './common.js';
import { parseProxyUrl } from './operator-addresses.js';

/** Why a request of a page did not get its answer, with the HTTP status that the page saw instead. */
export const NETWORK_FAILURES = {
  bad_request: { status: 400, summary: 'The browser sent something that is no HTTP request to a host and a port.' },
  address_not_public: { status: 403, summary: 'The host is, or resolves to, an address that is not on the public internet.' },
  own_listener: { status: 403, summary: "The address is one of Carrel's own." },
  host_denied: { status: 403, summary: 'The host is in `network.deny` of the browser.' },
  host_not_allowed: { status: 403, summary: 'The browser has `network.allow`, and the host is not in it.' },
  name_not_resolved: { status: 502, summary: 'The name of the host has no address.' },
  unreachable: { status: 502, summary: 'The host did not take the connection, or broke it before it had answered.' },
  exit_failed: { status: 502, summary: 'No proxy that the browser may leave by could be used.' },
  connect_timeout: { status: 504, summary: 'The connection was not made in time.' },
  response_timeout: { status: 504, summary: 'The host took the request and did not answer in time.' },
  interrupted: { status: 502, summary: 'The connection broke in the middle of the answer.' },
} as const satisfies Record<string, { status: number; summary: string }>;

export type NetworkFailure = keyof typeof NETWORK_FAILURES;
const networkFailure = z.enum(Object.keys(NETWORK_FAILURES) as [NetworkFailure, ...NetworkFailure[]]);

const HOST_PATTERN = /^(\*|(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;

/** `example.com`, `*.example.com` (the names below it), `*`, `192.0.2.1` or `[2001:db8::1]`, each with an optional `:port`. */
export const isHostPattern = (text: string): boolean => {
  const [, host = '', , , port = ':1'] = HOST_PATTERN.exec(text) ?? [];
  return (host === '*' || URL.canParse(`http://${host.replace(/^\*\./, '')}`)) && Number(port.slice(1)) <= 65_535 && port !== ':0';
};

const hostPattern = z
  .string()
  .max(260)
  .refine(isHostPattern, 'must be like example.com, *.example.com, 192.0.2.1, [2001:db8::1] or *, with an optional :port')
  .describe('`example.com`, `*.example.com` (the names below it), an IP address (IPv6 in brackets) or `*`, with an optional `:port`.');
const hostPatterns = z.array(hostPattern).max(1000);

/** What a browser may reach, of what the operator lets browsers reach. */
export const networkRules = z
  .strictObject({
    allow: hostPatterns.optional().describe('Only these hosts; an empty list is none at all. Left out: all.'),
    deny: hostPatterns.optional().describe('Not these hosts, even if `allow` has them. Addresses also count when a name resolves to them.'),
  })
  .meta({ id: 'NetworkRules' });
export type NetworkRules = z.infer<typeof networkRules>;

const isServerUrl = (text: string) => {
  const url = parseProxyUrl(text);
  return url !== undefined && url.username === '' && url.password === '';
};

/** A proxy of the caller's. */
export const proxyServer = z
  .strictObject({
    server: z
      .string()
      .max(2048)
      .refine(isServerUrl, 'must be like http://host:port, https://host:port or socks5://host:port, without credentials')
      .describe('`http://`, `https://` or `socks5://`, host and port.'),
    username: z.string().max(255).optional(),
    password: z.string().max(255).optional().describe('Never shown or logged.'),
    bypass: z
      .string()
      .max(8192)
      .refine((text) => splitPatterns(text).every(isHostPattern), 'must be comma-separated hosts such as example.com or *.example.com')
      .optional()
      .describe('Comma-separated hosts, as in `network`, that are reached without the proxy.'),
  })
  .meta({ id: 'ProxyServer' });
export type ProxyServer = z.infer<typeof proxyServer>;

/** The patterns of a comma-separated list; `.example.com` is Playwright's way to write `*.example.com`. */
export const splitPatterns = (text: string): string[] =>
  text
    .split(',')
    .map((pattern) => pattern.trim().replace(/^\./, '*.'))
    .filter((pattern) => pattern !== '');

export const proxies = z
  .union([
    z.boolean(),
    z.string().regex(/^[A-Za-z]{2}$/, 'must be a country of two letters (ISO 3166-1), such as DE'),
    z.array(proxyServer).min(1).max(10),
  ])
  .describe(
    "How to leave: `true` for a proxy of the operator's, a country (ISO 3166-1, two letters) for one there, or your own, of which the next is taken when one fails. Default: directly.",
  );
export type Proxies = z.infer<typeof proxies>;

/** Where a browser's traffic leaves. */
export const networkExit = z
  .object({
    type: z.enum(['direct', 'proxy']),
    source: z.enum(['host', 'pool', 'request']).describe('Whose it is: of the machine itself, of the operator, or named by the caller.'),
    server: z.string().nullable().describe("Of the caller's own proxy, without credentials."),
    addresses: z.array(z.string()).describe('The local addresses that a direct exit leaves from; empty: what the machine chooses.'),
    country: z.string().nullable(),
    city: z.string().nullable(),
    tags: z.array(z.string()),
  })
  .meta({ id: 'NetworkExit' });
export type NetworkExit = z.infer<typeof networkExit>;

/** The network of a browser: where it leaves, and the rules that it was opened with. */
export const browserNetwork = z
  .object({
    exit: networkExit,
    allow: z.array(z.string()).nullable().describe('Null: no such rule.'),
    deny: z.array(z.string()),
  })
  .meta({ id: 'BrowserNetwork' });
export type BrowserNetwork = z.infer<typeof browserNetwork>;

/** One request, tunnel or refusal of a browser's network, written down when it was over. */
export const networkRequest = z
  .object({
    id: z.number().int().describe('Counts up from 1 within the browser.'),
    startedAt: timestamp,
    durationMs: z.number(),
    method: z.string().describe('`CONNECT` is a tunnel: of HTTPS and WebSockets nobody but the page sees more.'),
    host: z.string().describe('Name or address; empty when none could be read.'),
    port: z.number().int(),
    url: z.string().nullable().describe('Of plain HTTP, as far as the operator has it logged.'),
    status: z.number().int().describe('What the browser was answered, 0 when it did not wait; of a tunnel, 200 when it was opened.'),
    failure: networkFailure.nullable(),
    bytesIn: z.number().int().describe('Received from the network.'),
    bytesOut: z.number().int().describe('Sent to the network.'),
  })
  .meta({ id: 'NetworkRequest' });
export type NetworkRequest = z.infer<typeof networkRequest>;

/** Sums over the life of a browser, what is under way included. */
export const networkTotals = z
  .object({
    requests: z.number().int().describe('Requests and tunnels that are over, refusals included.'),
    refused: z.number().int().describe('Those that a rule refused.'),
    open: z.number().int().describe('Requests and tunnels under way.'),
    bytesIn: z.number().int(),
    bytesOut: z.number().int(),
  })
  .meta({ id: 'NetworkTotals' });
export type NetworkTotals = z.infer<typeof networkTotals>;

/** The network log of a browser: its last requests, and the sums over its life. */
export const networkLog = z
  .object({
    data: z.array(networkRequest).describe('Oldest first, as far as they are kept.'),
    nextCursor: z.string().nullable().describe('Pass as `cursor` to read on; null when there was nothing more.'),
    exit: networkExit,
    totals: networkTotals,
  })
  .meta({ id: 'NetworkLog' });

export const networkLogQuery = z.strictObject({
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'must be the id of a request')
    .optional()
    .describe('`nextCursor` of the answer before, or the id of the last request that is known: only later ones.'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});
