import { randomBytes } from 'node:crypto';
import { CarrelError } from '@carrel/protocol';
import { and, eq, isNull, lt, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from './database.js';
import type { MasterKeys } from './master-keys.js';
import { idempotencyKeys } from './schema/index.js';
import { assertStorable } from './storable.js';
import type { WriteBehind } from './write-behind.js';

/** How long an answer is replayed. */
const REPLAY_HOURS = 24;
/** Longer than any request takes (waiting in line: ten minutes): after this, what claimed the key and did not answer is dead. */
const LEASE_MINUTES = 15;
/** A row can vanish or come between two looks at it, but not for ever. */
const MAX_LOOKS = 5;

const storedResponse = z.object({ status: z.number(), headers: z.record(z.string(), z.string()), body: z.string() });
/** An answer, as it is replayed. */
export type StoredResponse = z.infer<typeof storedResponse>;

/** The request that a key came with. */
export interface IdempotentRequest {
  readonly projectId: string;
  /** The header's value. */
  readonly key: string;
  /** Method and path, e.g. `POST /v1/browsers`. */
  readonly operation: string;
  /** The parsed body; the order of its keys does not matter. */
  readonly body: unknown;
}

/** The right, and the duty, to answer a request: end it with `complete` or `abandon`. */
export interface Claim {
  readonly kind: 'claim';
  /**
   * Keeps the answer for replays. Resolves when it, and all that was enqueued before it, is in the database.
   *
   * @throws CarrelError `store_unavailable` when that takes longer than ten seconds or the signal aborts; it is still tried.
   */
  complete(response: StoredResponse, signal?: AbortSignal): Promise<void>;
  /** Frees the key, as the request did nothing: a retry may do it. */
  abandon(): void;
}

export interface IdempotencyOptions {
  readonly database: Database;
  readonly writes: WriteBehind;
  readonly masterKeys: MasterKeys;
  readonly nodeId: string;
}

type Row = typeof idempotencyKeys.$inferSelect;

/** The memory of the header `Idempotency-Key`: a request that comes again gets the answer of the first. */
export class Idempotency {
  readonly #options: IdempotencyOptions;

  constructor(options: IdempotencyOptions) {
    this.#options = options;
  }

  /**
   * Claims a key, or gives the answer that it already got.
   *
   * @throws CarrelError `idempotency_key_in_use` while another request with it is being answered, `idempotency_key_reused` when it
   * came with a different request.
   */
  async begin(request: IdempotentRequest): Promise<Claim | { readonly kind: 'replay'; readonly response: StoredResponse }> {
    const { projectId, key } = request;
    assertStorable({ 'Idempotency-Key': key });
    const { masterKeys, writes, nodeId } = this.#options;
    const text = `${request.operation}\n${JSON.stringify(request.body, inOrder)}`;
    const requestHash = masterKeys.hash('idempotency-request', text);
    for (let look = 0; look < MAX_LOOKS; look++) {
      const claimId = randomBytes(16).toString('hex');
      if (await this.#insert(projectId, key, requestHash, claimId)) return this.#claim(projectId, key, claimId);
      const row = await this.#find(projectId, key);
      if (row === null) continue;
      if (row.isOver) {
        await this.#remove(row);
        continue;
      }
      if (look === 0 && row.response === null && row.nodeId === nodeId) {
        // How it ended may be known here already, and only not be written yet.
        await writes.flush();
        continue;
      }
      if (!masterKeys.isHash('idempotency-request', text, row.requestHash)) {
        const message = 'This Idempotency-Key came with a different request. Use a new key for a new request.';
        throw new CarrelError('idempotency_key_reused', message);
      }
      if (row.response !== null) return { kind: 'replay', response: this.#open(row, row.response) };
      break;
    }
    const message = 'A request with this Idempotency-Key is still being answered. Wait for it, or try again later.';
    throw new CarrelError('idempotency_key_in_use', message);
  }

  /** Frees the keys of requests that a dead server of this data directory was answering. To be called before this server answers any. */
  async freeOrphans(): Promise<void> {
    const areOrphans = and(eq(idempotencyKeys.nodeId, this.#options.nodeId), isNull(idempotencyKeys.response));
    await this.#options.database.run((queries) => queries.delete(idempotencyKeys).where(areOrphans));
  }

  /** Removes what is no longer replayed. */
  async prune(): Promise<void> {
    await this.#options.database.run((queries) => queries.delete(idempotencyKeys).where(lt(idempotencyKeys.expiresAt, sql`now()`)));
  }

  #claim(projectId: string, key: string, claimId: string): Claim {
    const { writes, masterKeys } = this.#options;
    return {
      kind: 'claim',
      complete: async (response, signal) => {
        const sealed = masterKeys.seal('idempotency-response', contextOf(projectId, key), Buffer.from(JSON.stringify(response)));
        writes.settle({ claimId, projectId, key, response: sealed });
        await writes.flush(signal);
      },
      abandon: () => writes.settle({ claimId, projectId, key, response: null }),
    };
  }

  async #insert(projectId: string, key: string, requestHash: Buffer, claimId: string): Promise<boolean> {
    const { database, nodeId } = this.#options;
    // All times by the database's clock, which the servers share.
    const row = {
      projectId,
      key,
      requestHash,
      claimId,
      nodeId,
      createdAt: sql`now()`,
      leaseUntil: sql`now() + ${LEASE_MINUTES} * interval '1 minute'`,
      expiresAt: sql`now() + ${REPLAY_HOURS} * interval '1 hour'`,
    };
    const inserted = await database.run((queries) =>
      queries.insert(idempotencyKeys).values(row).onConflictDoNothing().returning({ key: idempotencyKeys.key }),
    );
    return inserted.length === 1;
  }

  async #find(projectId: string, key: string): Promise<(Row & { isOver: boolean }) | null> {
    const table = idempotencyKeys;
    const isOver = sql<boolean>`${table.expiresAt} < now() or (${table.response} is null and ${table.leaseUntil} < now())`;
    const [found] = await this.#options.database.run((queries) =>
      queries
        .select({ row: table, isOver })
        .from(table)
        .where(and(eq(table.projectId, projectId), eq(table.key, key))),
    );
    return found === undefined ? null : { ...found.row, isOver: found.isOver };
  }

  async #remove({ projectId, key, claimId }: Row): Promise<void> {
    const table = idempotencyKeys;
    const isIt = and(eq(table.projectId, projectId), eq(table.key, key), eq(table.claimId, claimId));
    await this.#options.database.run((queries) => queries.delete(table).where(isIt));
  }

  #open({ projectId, key }: Row, sealed: Buffer): StoredResponse {
    const plain = this.#options.masterKeys.unseal('idempotency-response', contextOf(projectId, key), sealed);
    return storedResponse.parse(JSON.parse(plain.toString('utf8')));
  }
}

/** Ties a sealed answer to its row. */
const contextOf = (projectId: string, key: string) => `${projectId}\n${key}`;

/** For JSON.stringify: objects with their keys in order. */
function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
