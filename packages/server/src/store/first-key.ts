import { CarrelError, SCOPES, type Scope } from '@carrel/protocol';
import { and, eq, ne } from 'drizzle-orm';
import type { Logger } from 'pino';
import { apiKeyFile } from '../settings/index.js';
import { announceKeyChange, newRow } from './api-keys.js';
import type { Database } from './database.js';
import { readOrCreatePrivateFile } from './private-file.js';
import { apiKeys } from './schema/index.js';
import { hashSecret, hintOf, newApiKeySecret } from './secrets.js';

interface FirstKeyOptions {
  readonly database: Database;
  readonly projectId: string;
  readonly dataDir: string;
  /** CARREL_API_KEY. */
  readonly given: string | undefined;
  readonly logger: Logger;
}

/**
 * Sees to it that there is a key of the default project with every scope: the one of CARREL_API_KEY, else the one in the file `api-key`
 * of the data directory, which is made on the first start. There is one key of CARREL_API_KEY at most: a former value is no longer good.
 *
 * @returns its id; null when it is revoked
 * @throws CarrelError `invalid_request` when CARREL_API_KEY is the secret of a key that a call made, which may have fewer rights.
 */
export async function ensureFirstKey(options: FirstKeyOptions): Promise<string | null> {
  const { database, projectId, given } = options;
  const secret = given ?? (await secretOfFile(options.dataDir));
  const source = given === undefined ? 'file' : 'environment';
  const name = given === undefined ? 'first start' : 'CARREL_API_KEY';
  const hash = hashSecret(secret);
  const known = await database.transaction(async (queries) => {
    const isFormer = and(eq(apiKeys.source, 'environment'), ne(apiKeys.secretHash, hash));
    await queries.delete(apiKeys).where(isFormer);
    const row = newRow({ projectId, name, scopes: Object.keys(SCOPES) as Scope[], secret, source });
    await queries.insert(apiKeys).values(row).onConflictDoNothing();
    await announceKeyChange(queries);
    const [kept] = await queries.select().from(apiKeys).where(eq(apiKeys.secretHash, hash));
    return kept;
  });
  if (known?.source === 'api') {
    throw new CarrelError('invalid_request', `CARREL_API_KEY is the secret of the API key ${known.id}, made by a call. Choose another.`);
  }
  if (known?.revokedAt === null) return known.id;
  const way = given === undefined ? `remove ${apiKeyFile(options.dataDir)} and start again for a new one` : 'set another';
  options.logger.warn({ hint: hintOf(secret) }, `the API key of ${source === 'file' ? 'the data directory' : name} is revoked: ${way}`);
  return null;
}

/** @throws CarrelError `internal` when the file holds no key. */
export async function secretOfFile(dataDir: string): Promise<string> {
  const path = apiKeyFile(dataDir);
  const secret = (await readOrCreatePrivateFile(path, () => `${newApiKeySecret()}\n`)).trim();
  if (/^[\x21-\x7e]{16,256}$/.test(secret)) return secret;
  throw new CarrelError('internal', `The file ${path} holds no API key. Remove it for a new one.`);
}
