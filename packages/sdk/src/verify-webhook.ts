import { CarrelError } from './errors.js';
import type { WebhookPayload } from './types.js';

/** Headers as `fetch`, Node or a framework gives them; names of any case. */
export type WebhookHeaders = Headers | Record<string, string | readonly string[] | undefined>;

export interface VerifyWebhookOptions {
  /** How far the clock of the sender may be off, and how old a delivery may be. Default 300. */
  toleranceSeconds?: number;
  /** What time it is. Default: `Date.now()`. */
  nowMs?: number;
}

const DEFAULT_TOLERANCE_SECONDS = 300;

/**
 * Takes a delivery of a webhook in: checks that it comes from who has the secret and is not an old one sent again, as Standard Webhooks
 * say (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md), and gives its content. Deliveries may
 * come twice, and in any order: the header `webhook-id` tells one from another.
 *
 * @param body as it came, not parsed and written again
 * @param secret `whsec_…`; several while one takes the place of another
 * @throws CarrelError `invalid_webhook`; `invalid_configuration` when a secret is none
 * @example
 * const { type, data } = await verifyWebhook(await request.text(), request.headers, secret); // `whsec_…`, from when the webhook was made
 */
export async function verifyWebhook(
  body: string | Uint8Array<ArrayBuffer>,
  headers: WebhookHeaders,
  secret: string | readonly string[],
  { toleranceSeconds = DEFAULT_TOLERANCE_SECONDS, nowMs = Date.now() }: VerifyWebhookOptions = {},
): Promise<WebhookPayload> {
  const id = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp');
  const signatures = headerOf(headers, 'webhook-signature');
  if (!/^\d+$/.test(timestamp) || Math.abs(nowMs / 1000 - Number(timestamp)) > toleranceSeconds) {
    throw refusal(`It was sent at ${JSON.stringify(timestamp)} (Unix time), more than ${toleranceSeconds} s from now.`);
  }
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${text}`);
  if (!(await isSignedWithAny(typeof secret === 'string' ? [secret] : secret, signed, signatures))) {
    throw refusal('No signature is one of this secret. Give the body as it came, and the secret of this webhook.');
  }
  return JSON.parse(text) as WebhookPayload; // It is the server's, since it is signed.
}

const refusal = (why: string) => new CarrelError('invalid_webhook', `The delivery cannot be trusted. ${why}`);

function headerOf(headers: WebhookHeaders, name: string): string {
  const value =
    headers instanceof Headers
      ? headers.get(name)
      : Object.entries(headers)
          .find(([key]) => key.toLowerCase() === name)?.[1]
          ?.toString();
  if (value) return value;
  throw refusal(`It has no header ${name}.`);
}

async function isSignedWithAny(secrets: readonly string[], signed: Uint8Array<ArrayBuffer>, header: string): Promise<boolean> {
  const signatures = header
    .split(' ')
    .filter((one) => one.startsWith('v1,'))
    .map((one) => bytesOf(one.slice('v1,'.length)));
  for (const secret of secrets) {
    const key = await keyOf(secret);
    for (const signature of signatures) {
      // In constant time, as WebCrypto verifies.
      if (signature && (await crypto.subtle.verify('HMAC', key, signature, signed))) return true;
    }
  }
  return false;
}

function keyOf(secret: string): Promise<CryptoKey> {
  const bytes = bytesOf(secret.replace(/^whsec_/, ''));
  if (!bytes || bytes.length === 0) {
    throw new CarrelError('invalid_configuration', 'The secret of a webhook must be like whsec_…, as it was shown when it was made.');
  }
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}

/** Undefined when it is not base64. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined; // Whoever asked says what that means.
  }
}
