import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

const KEY_BYTES = 32;
const KEY_ID_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** First byte of every sealed text: AES-256-GCM, nonce, tag, text. */
const SEAL_VERSION = 1;
const HINT_LENGTH = 8;

/** What a key is derived from a master key for. A key for one purpose says nothing about another. */
export type MasterPurpose =
  | 'cdp-token'
  | 'idempotency-response'
  | 'idempotency-request'
  | 'profile-key'
  | 'webhook-secret'
  | 'answer-link'
  | 'human-link'
  | 'signed-link'
  | 'task-proxies';
/** What a key is derived from the key of a profile for. */
type ProfilePurpose = 'profile-archive' | 'profile-contents' | 'profile-exit';
/** What a key is derived from the key of an end user for. */
type EndUserPurpose = 'credential' | 'credential-name';
/** What a key is derived from the key of a recording for. */
type RecordingPurpose = 'recording-head' | 'recording-pictures';
type Purpose = MasterPurpose | ProfilePurpose | EndUserPurpose | RecordingPurpose;

/** A new secret of an API key: `ck_` and 256 random bits in base64url. */
export function newApiKeySecret(): string {
  return `ck_${newToken()}`;
}

/** A new secret that stands for somebody: 256 random bits in base64url. */
export const newToken = (): string => randomBytes(KEY_BYTES).toString('base64url');

/** What is kept of a secret. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** The first characters of a secret, to tell keys apart: never more than a quarter of it, as an operator's own may be short. */
export function hintOf(secret: string): string {
  return `${secret.slice(0, Math.min(HINT_LENGTH, Math.floor(secret.length / 4)))}…`;
}

/** The token with which a client may speak CDP to that one browser. It is derived, so nothing of it is stored. */
export function cdpToken(masterKey: Buffer, browserId: string): string {
  return createHmac('sha256', deriveKey(masterKey, 'cdp-token')).update(browserId).digest('base64url');
}

/** Whether that is the browser's token; takes as long for a near miss as for any other. */
export function isCdpToken(masterKey: Buffer, browserId: string, token: string): boolean {
  // Hashed first, as the comparison wants equal lengths and the length of a guess shall tell nothing.
  return timingSafeEqual(hashSecret(token), hashSecret(cdpToken(masterKey, browserId)));
}

/** A hash that nobody can make or check without the key. */
export function keyedHash(key: Buffer, purpose: Purpose, text: string): Buffer {
  return createHmac('sha256', deriveKey(key, purpose)).update(text).digest();
}

/** Encrypts. `context` is not kept: the same one opens it, so that something sealed that is moved to another row does not open. */
export function seal(key: Buffer, purpose: Purpose, context: string, plain: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', deriveKey(key, purpose), nonce).setAAD(Buffer.from(context));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.of(SEAL_VERSION), nonce, cipher.getAuthTag(), sealed]);
}

/** @throws {Error} when it was sealed with another key or context, or was changed */
export function unseal(key: Buffer, purpose: Purpose, context: string, sealed: Buffer): Buffer {
  const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
  const tag = sealed.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES);
  if (sealed[0] !== SEAL_VERSION) throw new Error(`unknown version ${sealed[0]}`);
  const decipher = createDecipheriv('aes-256-gcm', deriveKey(key, purpose), nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(context)).setAuthTag(tag);
  return Buffer.concat([decipher.update(sealed.subarray(1 + NONCE_BYTES + TAG_BYTES)), decipher.final()]);
}

/** A new key of 256 random bits. */
export const newKey = (): Buffer => randomBytes(KEY_BYTES);

/** Names a master key, and says nothing about it. */
export function keyIdOf(masterKey: Buffer): string {
  return Buffer.from(hkdfSync('sha256', masterKey, '', 'carrel/key-id/v1', KEY_ID_BYTES)).toString('hex');
}

/** HKDF (RFC 5869) with SHA-256. */
export function deriveKey(key: Buffer, purpose: Purpose): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', `carrel/${purpose}/v1`, KEY_BYTES));
}
