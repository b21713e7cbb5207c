import { CarrelError, type Json } from '@carrel/protocol';
import { and, eq, inArray, sql } from 'drizzle-orm';
import { type Actor, type AuditEntry, recordAudit } from './audit-log.js';
import type { Database, Queries } from './database.js';
import { type EndUserName, isEndUser, keyContextOf, lockEndUser, makeAndLockEndUser } from './end-users.js';
import type { MasterKeys } from './master-keys.js';
import { credentials, endUsers } from './schema/index.js';
import { keyedHash, newKey, seal, unseal } from './secrets.js';
import { assertStorable } from './storable.js';

/** Of one statement, which has seven parameters for each. */
const BATCH_ROWS = 500;

type StoredRow = typeof credentials.$inferSelect;
export type CredentialKind = StoredRow['kind'];

/** What is kept of an end user, opened. */
export interface CredentialRow {
  readonly kind: CredentialKind;
  /** What makes it the same one: of a login its alias. Of others the row has a hash only. */
  readonly identity: string;
  readonly value: Json;
  readonly revision: number;
  readonly updatedAt: Date;
}

export type CredentialRef = Pick<CredentialRow, 'kind' | 'identity'>;

export interface CredentialChanges {
  readonly put: readonly (CredentialRef & Pick<CredentialRow, 'value'>)[];
  readonly remove: readonly CredentialRef[];
}

/** On whose behalf something is changed, and what is written down of it. Nobody's: a turn keeps what it has come by. */
export type Audited = { readonly actor: Actor; readonly entry: AuditEntry } | null;

/** Logins, cookies and storage of end users: each sealed with the key of its end user for its own row, so that it opens nowhere else. */
export class Credentials {
  readonly #database: Database;
  readonly #masterKeys: MasterKeys;

  constructor(database: Database, masterKeys: MasterKeys) {
    this.#database = database;
    this.#masterKeys = masterKeys;
  }

  /**
   * All that there is of an end user.
   * @throws {CarrelError} `profile_key_missing`, `internal` when a row was changed or moved
   */
  async read(whose: EndUserName): Promise<CredentialRow[]> {
    // One statement, so that the key is the one that the rows are sealed with.
    const rows = await this.#database.run((queries) =>
      queries
        .select({ wrappedKey: endUsers.wrappedKey, masterKeyId: endUsers.masterKeyId, row: credentials })
        .from(endUsers)
        .innerJoin(credentials, and(eq(credentials.projectId, endUsers.projectId), eq(credentials.endUserId, endUsers.id)))
        .where(isEndUser(whose)),
    );
    const [first] = rows;
    const key = first === undefined ? undefined : this.#unwrap(whose, first);
    return key === undefined ? [] : rows.map(({ row }) => open(key, row));
  }

  /**
   * Changes what there is of an end user, as one with all that is decided by: nobody else changes it meanwhile. One that there is not stays
   * so unless it is made: what is deleted does not come back because something more is taken away, or kept.
   * @param decide given what there is now
   * @throws {CarrelError} `profile_key_missing`, `conflict` when the end user is deleted again and again, and what `decide` throws
   */
  async change(
    whose: EndUserName,
    { audited, isMade }: { audited: Audited; isMade: boolean },
    decide: (current: CredentialRow[]) => CredentialChanges,
  ): Promise<void> {
    assertStorable({ endUserId: whose.endUserId });
    await this.#database.transaction(async (queries) => {
      const endUser = isMade ? await makeAndLockEndUser(queries, whose) : await lockEndUser(queries, whose);
      const known = endUser === undefined ? undefined : this.#unwrap(whose, endUser);
      const rows = known === undefined ? [] : await queries.select().from(credentials).where(areOf(whose));
      const current = known === undefined ? [] : rows.map((row) => open(known, row));
      const changes = decide(current);
      if (audited !== null) await recordAudit(queries, audited.actor, audited.entry);
      if (endUser === undefined || changes.put.length + changes.remove.length === 0) return;
      await writeChanges(queries, { whose, key: known ?? (await this.#giveKey(queries, whose)), rows }, changes);
    });
  }

  /**
   * Destroys the key of all that there is of an end user, and removes it. It needs no master key.
   * @returns what was removed: of what is no login not by its identity, but by the hash of it
   */
  async destroy(whose: EndUserName, { actor, entry }: NonNullable<Audited>): Promise<CredentialRef[]> {
    return await this.#database.transaction(async (queries) => {
      await queries.update(endUsers).set({ wrappedKey: null, masterKeyId: null }).where(isEndUser(whose));
      const removed = await queries
        .delete(credentials)
        .where(areOf(whose))
        .returning({ kind: credentials.kind, identity: credentials.name });
      await recordAudit(queries, actor, entry);
      return removed;
    });
  }

  #unwrap(whose: EndUserName, row: { wrappedKey: Buffer | null; masterKeyId: string | null }): Buffer | undefined {
    const { wrappedKey, masterKeyId } = row;
    if (wrappedKey === null || masterKeyId === null) return undefined;
    return this.#masterKeys.unwrap(keyContextOf(whose), { wrappedKey, masterKeyId });
  }

  async #giveKey(queries: Queries, whose: EndUserName): Promise<Buffer> {
    const key = newKey();
    await queries
      .update(endUsers)
      .set(this.#masterKeys.wrap(keyContextOf(whose), key))
      .where(isEndUser(whose));
    return key;
  }
}

const areOf = ({ projectId, endUserId }: EndUserName) => and(eq(credentials.projectId, projectId), eq(credentials.endUserId, endUserId));
type RowName = Pick<StoredRow, 'projectId' | 'endUserId' | 'kind' | 'name'>;
const contextOf = ({ projectId, endUserId, kind, name }: RowName) => JSON.stringify([projectId, endUserId, kind, name]);

/** `rows` are all that there are, sealed with `key` */
async function writeChanges(
  queries: Queries,
  { whose, key, rows }: { whose: EndUserName; key: Buffer; rows: readonly StoredRow[] },
  { put, remove }: CredentialChanges,
): Promise<void> {
  for (const kind of ['login', 'cookie', 'origin'] as const) {
    const names = remove.filter((ref) => ref.kind === kind).map((ref) => nameOf(key, ref));
    const areNamed = and(areOf(whose), eq(credentials.kind, kind), inArray(credentials.name, names));
    if (names.length > 0) await queries.delete(credentials).where(areNamed);
  }
  const revisions = new Map(rows.map(({ kind, name, revision }) => [`${kind} ${name}`, revision]));
  const sealed = put.map((item) => sealRow(key, whose, item, (kind, name) => (revisions.get(`${kind} ${name}`) ?? 0) + 1));
  for (let from = 0; from < sealed.length; from += BATCH_ROWS) {
    await queries
      .insert(credentials)
      .values(sealed.slice(from, from + BATCH_ROWS))
      .onConflictDoUpdate({
        target: [credentials.projectId, credentials.endUserId, credentials.kind, credentials.name],
        set: { sealed: sql`excluded.sealed`, revision: sql`excluded.revision`, updatedAt: sql`excluded.updated_at` },
      });
  }
}

/** Where somebody has an account is a secret too; an alias is the caller's own word. */
function nameOf(key: Buffer, { kind, identity }: CredentialRef): string {
  return kind === 'login' ? identity : keyedHash(key, 'credential-name', JSON.stringify([kind, identity])).toString('base64url');
}

function sealRow(
  key: Buffer,
  whose: EndUserName,
  item: CredentialChanges['put'][number],
  revisionOf: (kind: CredentialKind, name: string) => number,
): StoredRow {
  const { kind, identity, value } = item;
  const row = { ...whose, kind, name: nameOf(key, item) };
  const sealed = seal(key, 'credential', contextOf(row), Buffer.from(JSON.stringify({ identity, value })));
  return { ...row, sealed, revision: revisionOf(kind, row.name), updatedAt: new Date() };
}

function open(key: Buffer, row: StoredRow): CredentialRow {
  let opened: Buffer;
  try {
    opened = unseal(key, 'credential', contextOf(row), row.sealed);
  } catch (cause) {
    throw new CarrelError(
      'internal',
      'A stored credential was changed or moved: it does not open any more. Delete it, and give it again.',
      {
        details: { kind: row.kind },
        cause,
      },
    );
  }
  const { identity, value } = JSON.parse(opened.toString()) as Pick<CredentialRow, 'identity' | 'value'>;
  return { kind: row.kind, identity, value, revision: row.revision, updatedAt: row.updatedAt };
}
