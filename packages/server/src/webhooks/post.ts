import type { LookupAddress } from 'node:dns';
import { type IncomingMessage, request as requestPlainly } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { type EgressPolicy, Gate } from '@carrel/browser';

const LOOKUP_TIMEOUT_MS = 5_000;
const MAX_HEADER_BYTES = 16 * 1024;
/** Of what it answers beyond its status, which nobody looks at: read so that it can finish. */
const MAX_ANSWER_BYTES = 64 * 1024;

export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly policy: EgressPolicy;
  /** Ends it, wherever it is. */
  readonly signal: AbortSignal;
}

/** What somebody answered. */
export interface PostAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
}

/**
 * Posts something to a URL that a caller named. The name is resolved once, every address of it is looked at, and the connection is made
 * to those very addresses. Redirects are not followed, proxies of the environment not used.
 * @throws {EgressFailure} when the policy refuses it or it has no address; what the connection throws; the signal's reason
 */
export async function post(url: URL, { policy, signal, ...message }: PostOptions): Promise<PostAnswer> {
  const addresses = await new Gate(policy, {}, LOOKUP_TIMEOUT_MS).addressesOf(targetOf(url), signal);
  const response = await send(url, { ...message, signal, addresses });
  const { statusCode: status = 0, headers } = response;
  await drain(response);
  return { status, headers };
}

/**
 * Refuses a URL that nothing can be posted to, as far as it says that itself: where names lead is looked at with each delivery.
 * @throws {EgressFailure}
 */
export function checkWritten(url: URL, policy: EgressPolicy): void {
  new Gate(policy, {}, LOOKUP_TIMEOUT_MS).checkWritten(targetOf(url));
}

function targetOf({ hostname, port, protocol }: URL): Parameters<Gate['checkWritten']>[0] {
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) };
}

type Sending = Omit<PostOptions, 'policy'> & { readonly addresses: readonly string[] };

function send(url: URL, { headers, body, signal, addresses }: Sending): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestSecurely : requestPlainly;
  // An address in place of a name is connected to without a lookup: it is the one that was looked at.
  const lookup: LookupFunction = (_name, { all }, done) => {
    const found: LookupAddress[] = addresses.map((address) => ({ address, family: isIP(address) }));
    const [first] = found;
    if (all) done(null, found);
    else done(null, first?.address ?? '', first?.family);
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, agent: false, lookup, signal, maxHeaderSize: MAX_HEADER_BYTES });
    sent.once('response', resolve);
    // After the response all of these are nobody's. Of a 101 and the like, which nobody asked for, Node tells by nothing but the close.
    sent.on('error', (error) => reject(signal.aborted ? signal.reason : error));
    sent.once('close', () => reject(signal.aborted ? signal.reason : new Error('it was closed without an answer')));
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }); // whatever Node makes of it
    sent.end(body);
  });
}

async function drain(response: IncomingMessage): Promise<void> {
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) break; // which closes the connection
    }
  } catch {
    // It broke off, or takes too long: it has said its status, and that is what counts.
  }
}
