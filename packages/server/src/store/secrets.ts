import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { CarrelError } from '@carrel/protocol';
import { readOrCreatePrivateFile } from './private-file.js';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** First byte of every sealed text: AES-256-GCM, nonce, tag, text. */
const SEAL_VERSION = 1;
const HINT_LENGTH = 8;

/** What a key is derived for. A key for one purpose says nothing about another. */
type Purpose = 'cdp-token' | 'idempotency-response' | 'idempotency-request';

/**
 * The key that all others are derived from: the given one, else that of the file `master.key` in the data directory, made on the first
 * start (mode 0600, base64).
 *
 * @throws CarrelError `internal` when the file holds no key, or cannot be read or made.
 */
export async function loadMasterKey(dataDir: string, given: Buffer | undefined): Promise<Buffer> {
  if (given !== undefined) return given;
  const path = join(dataDir, 'master.key');
  const key = Buffer.from(await readOrCreatePrivateFile(path, () => `${randomBytes(KEY_BYTES).toString('base64')}\n`), 'base64');
  if (key.length === KEY_BYTES) return key;
  throw new CarrelError('internal', `The file ${path} holds no key of 32 bytes in base64. Restore it, or set CARREL_MASTER_KEY.`);
}

/** A new secret of an API key: `ck_` and 256 random bits in base64url. */
export function newApiKeySecret(): string {
  return `ck_${randomBytes(KEY_BYTES).toString('base64url')}`;
}

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
  return createHmac('sha256', derive(masterKey, 'cdp-token')).update(browserId).digest('base64url');
}

/** Whether that is the browser's token; takes as long for a near miss as for any other. */
export function isCdpToken(masterKey: Buffer, browserId: string, token: string): boolean {
  // Hashed first, as the comparison wants equal lengths and the length of a guess shall tell nothing.
  return timingSafeEqual(hashSecret(token), hashSecret(cdpToken(masterKey, browserId)));
}

/** A hash that nobody can make or check without the master key. */
export function keyedHash(masterKey: Buffer, purpose: Purpose, text: string): Buffer {
  return createHmac('sha256', derive(masterKey, purpose)).update(text).digest();
}

/** Encrypts. `context` is not kept: the same one opens it, so that a sealed text moved to another row does not open. */
export function seal(masterKey: Buffer, purpose: Purpose, context: string, text: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', derive(masterKey, purpose), nonce).setAAD(Buffer.from(context));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(SEAL_VERSION), nonce, cipher.getAuthTag(), sealed]);
}

/** @throws CarrelError `internal` when it was sealed with another master key or context, or was changed. */
export function unseal(masterKey: Buffer, purpose: Purpose, context: string, sealed: Buffer): string {
  const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
  const tag = sealed.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES);
  try {
    if (sealed[0] !== SEAL_VERSION) throw new Error(`unknown version ${sealed[0]}`);
    const decipher = createDecipheriv('aes-256-gcm', derive(masterKey, purpose), nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(context)).setAuthTag(tag);
    return Buffer.concat([decipher.update(sealed.subarray(1 + NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch (cause) {
    const message =
      'A stored secret cannot be decrypted. Is CARREL_MASTER_KEY, or master.key in the data directory, still the one it was made with?';
    throw new CarrelError('internal', message, { cause });
  }
}

function derive(masterKey: Buffer, purpose: Purpose): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, '', `carrel/${purpose}/v1`, KEY_BYTES));
}
