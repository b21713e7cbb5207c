import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CarrelError, Project } from '@carrel/protocol';
import { sql } from 'drizzle-orm';
import type pg from 'pg';
import type { Logger } from 'pino';
import { ApiKeys } from './api-keys.js';
import { AuditLog } from './audit-log.js';
import { Browsers } from './browsers.js';
import { Credentials } from './credentials.js';
import { DashboardSessions } from './dashboard-sessions.js';
import { Database } from './database.js';
import { Deployment } from './deployment.js';
import { EndUserRecords } from './end-user-records.js';
import { Events } from './events.js';
import { ensureFirstKey } from './first-key.js';
import { Idempotency } from './idempotency.js';
import { KeyRotation, type RotationStep } from './key-rotation.js';
import { MasterKeys } from './master-keys.js';
import { Membership } from './membership.js';
import { migrateDatabase } from './migrate.js';
import { KEYS_CHANNEL, NodeSession } from './node-session.js';
import { Nodes } from './nodes.js';
import { NotteAgents } from './notte-agents.js';
import { NotteVaults } from './notte-vaults.js';
import { PlaceRows } from './places.js';
import { EmbeddedPostgres } from './postgres/index.js';
import { readOrCreatePrivateFile } from './private-file.js';
import { ProfileHolds } from './profile-holds.js';
import { ProfileVersions } from './profile-versions.js';
import { ProfileRows } from './profiles.js';
import { ProjectEvents } from './project-events.js';
import { Projects } from './projects.js';
import { Questions } from './questions.js';
import { RecordingRows } from './recordings.js';
import { Sessions } from './sessions.js';
import { storeError } from './store-error.js';
import { TaskChanges } from './task-changes.js';
import { TaskClaims } from './task-claims.js';
import { TaskLog } from './task-log.js';
import { TaskQueue } from './task-queue.js';
import type { TaskEventSink } from './task-row.js';
import { Tasks } from './tasks.js';
import { WebhookDeliveries } from './webhook-deliveries.js';
import { Webhooks } from './webhooks.js';
import { WriteBehind } from './write-behind.js';

/** The largest number of an `integer` column. */
const NO_LIMIT = 2 ** 31 - 1;
const PRUNE_INTERVAL_MS = 10 * 60_000;

export interface StoreOptions {
  /** Absolute path. Made, with mode 0700, when it is not there. */
  readonly dataDir: string;
  /** Any Postgres from version 15; left out: the one that comes with Carrel, in the data directory. Not through a transaction pooler. */
  readonly databaseUrl?: string | undefined;
  /** 32 bytes each, the current one first; left out: those of the file `master.key` in the data directory. */
  readonly masterKeys?: readonly Buffer[] | undefined;
  /** A key of the default project with every scope; left out: one is made and kept in the file `api-key` of the data directory. */
  readonly apiKey?: string | undefined;
  /** How many browsers a project may have open when it does not say. */
  readonly maxBrowsers: number;
  /** How many tasks of a project may run at once when it does not say. */
  readonly maxTasks: number;
  /** How many tasks of an end user may run at once; default: as many as of the project. */
  readonly maxTasksPerEndUser?: number | undefined;
  /** How many tasks of a project may wait; default: any number. */
  readonly maxQueuedTasks?: number | undefined;
  /** Hears of each event of a task in the transaction that writes it. */
  readonly taskEventSink?: TaskEventSink | undefined;
  readonly logger: Logger;
  /** The store cannot go on: the embedded database does not stay up, or another server took this one's place. Called at most twice. */
  readonly onFatal: (error: CarrelError) => void;
  /** Hears of each step of a change of the master key, which waits for it. */
  readonly onRotationStep?: ((step: RotationStep) => void | Promise<void>) | undefined;
}

interface Parts {
  readonly database: Database;
  readonly session: NodeSession;
  readonly writes: WriteBehind;
  readonly apiKeys: ApiKeys;
  readonly projects: Projects;
  readonly defaultProject: Project;
  readonly firstKeyId: string | null;
  readonly masterKeys: MasterKeys;
  readonly deployment: Deployment;
  readonly nodeId: string;
  readonly taskQueue: TaskQueue;
  /** In the order of their making. */
  readonly resources: AsyncDisposable[];
}

/** How the database keeps up with what it is asked. */
export interface StoreLoad {
  /** Connections, those that have nothing to do, and statements that wait for one. */
  connections: number;
  idle: number;
  waiting: number;
  /** Entries that nobody waits for and that are not written yet. */
  pendingWrites: number;
}

/** All that outlives a process: the door to the database. */
export class Store implements AsyncDisposable {
  readonly projects: Projects;
  readonly apiKeys: ApiKeys;
  readonly dashboardSessions: DashboardSessions;
  readonly browsers: Browsers;
  readonly events: Events;
  readonly projectEvents: ProjectEvents;
  readonly idempotency: Idempotency;
  readonly profiles: ProfileRows;
  readonly profileVersions: ProfileVersions;
  readonly profileHolds: ProfileHolds;
  readonly recordings: RecordingRows;
  readonly nodes: Nodes;
  readonly membership: Membership;
  readonly places: PlaceRows;
  readonly credentials: Credentials;
  readonly audit: AuditLog;
  readonly sessions: Sessions;
  readonly endUserRecords: EndUserRecords;
  readonly questions: Questions;
  readonly taskLog: TaskLog;
  readonly webhooks: Webhooks;
  readonly webhookDeliveries: WebhookDeliveries;
  readonly keyRotation: KeyRotation;
  readonly tasks: Tasks;
  readonly taskClaims: TaskClaims;
  readonly taskQueue: TaskQueue;
  readonly notteVaults: NotteVaults;
  readonly notteAgents: NotteAgents;
  readonly writes: WriteBehind;
  /** The project that is there from the first start, as it was at the start of this server. */
  readonly defaultProject: Project;
  /** The key of that project which every server has from its first start; null when it was revoked. */
  readonly firstKeyId: string | null;
  /** Names the data directory; the same after a restart. */
  readonly nodeId: string;
  readonly #parts: Parts;
  readonly #logger: Logger;
  #pruning: NodeJS.Timeout | undefined;

  private constructor(parts: Parts, options: StoreOptions) {
    const { logger, maxBrowsers, onRotationStep } = options;
    const { database, session, writes, masterKeys, deployment, nodeId } = parts;
    this.#parts = parts;
    this.#logger = logger;
    this.nodeId = nodeId;
    this.writes = writes;
    this.apiKeys = parts.apiKeys;
    this.projects = parts.projects;
    this.defaultProject = parts.defaultProject;
    this.firstKeyId = parts.firstKeyId;
    this.dashboardSessions = new DashboardSessions(database, parts.apiKeys);
    this.browsers = new Browsers(database, writes, nodeId);
    this.events = new Events(database, writes);
    this.projectEvents = new ProjectEvents(database, writes);
    this.idempotency = new Idempotency({ database, writes, masterKeys, nodeId });
    this.profiles = new ProfileRows(database, masterKeys);
    this.profileVersions = new ProfileVersions(database);
    this.recordings = new RecordingRows({ database, writes, masterKeys, nodeId });
    this.nodes = new Nodes(database, nodeId);
    this.membership = new Membership({ session, nodes: this.nodes, logger });
    this.places = new PlaceRows({ database, nodeId, defaultLimit: maxBrowsers });
    this.profileHolds = new ProfileHolds({ database, nodeId, nodes: this.nodes });
    this.credentials = new Credentials(database, masterKeys);
    this.audit = new AuditLog(database);
    this.sessions = new Sessions(database);
    this.endUserRecords = new EndUserRecords(database, writes);
    this.questions = new Questions(database, masterKeys);
    this.taskLog = new TaskLog(database);
    this.webhooks = new Webhooks(database, masterKeys);
    this.webhookDeliveries = new WebhookDeliveries(database, masterKeys);
    const { audit, nodes } = this;
    this.keyRotation = new KeyRotation({ database, masterKeys, deployment, nodes, audit, logger, onStep: onRotationStep });
    this.taskQueue = parts.taskQueue;
    this.notteVaults = new NotteVaults(database);
    this.notteAgents = new NotteAgents(database, writes);
    const changes = new TaskChanges(parts.taskQueue, options.taskEventSink ?? this.webhookDeliveries);
    const { maxTasks, maxTasksPerEndUser = NO_LIMIT, maxQueuedTasks = NO_LIMIT } = options;
    this.tasks = new Tasks({ database, changes, queue: parts.taskQueue, masterKeys, maxQueuedTasks });
    this.taskClaims = new TaskClaims({ database, changes, masterKeys, nodeId, limits: { maxTasks, maxTasksPerEndUser } });
  }

  /**
   * Opens the store: starts the database or connects to it, takes the data directory for this server alone, brings the tables up to
   * date, and sees to the default project and its key.
   *
   * @throws CarrelError `conflict` when another server has the data directory, `store_unavailable` when the database cannot be reached
   * or started, `internal` when something has to be put right first; the message says what.
   */
  static async open(options: StoreOptions, signal?: AbortSignal): Promise<Store> {
    const resources: AsyncDisposable[] = [];
    try {
      const store = new Store(await openParts(options, resources, signal), options);
      await store.idempotency.freeOrphans();
      await store.idempotency.prune();
      await store.profileHolds.releaseOrphans();
      await store.places.freeOrphans();
      await store.projectEvents.prune();
      await store.keyRotation.finish();
      store.#pruning = setInterval(() => void store.#prune(), PRUNE_INTERVAL_MS).unref();
      return store;
    } catch (cause) {
      await disposeAll(resources);
      throw cause;
    }
  }

  /**
   * Hears what servers of the database tell each other.
   * @param onMessage given the text of the message, or null: one may have been missed
   * @returns ends it
   */
  listen(channel: string, onMessage: (text: string | null) => void): () => void {
    return this.#parts.session.listen(channel, onMessage);
  }

  /** Tells the other servers of the database that this one runs, and where callers reach it. */
  async announce(url: string): Promise<void> {
    await this.nodes.announce({ url, masterKeyIds: this.#parts.masterKeys.ids });
  }

  /** The token with which a client may speak CDP to that browser. */
  cdpToken(browserId: string): string {
    return this.#parts.masterKeys.cdpToken(browserId);
  }

  /** Whether that is the browser's token; compared in constant time. */
  isCdpToken(browserId: string, token: string): boolean {
    return this.#parts.masterKeys.isCdpToken(browserId, token);
  }

  /** Signs what a link leads to, and until when, so that nobody else can make one. */
  signLink(text: string): string {
    return this.#parts.masterKeys.hash('signed-link', text).toString('base64url');
  }

  /** Whether that is the signature; compared in constant time. */
  isLinkSignature(text: string, signature: string): boolean {
    return this.#parts.masterKeys.isHash('signed-link', text, Buffer.from(signature, 'base64url'));
  }

  /** @throws CarrelError `store_unavailable` when the database does not answer. */
  async ping(): Promise<void> {
    await this.#parts.database.run((queries) => queries.execute(sql`select 1`));
  }

  /** How the database keeps up. */
  get load(): StoreLoad {
    return { ...this.#parts.database.load, pendingWrites: this.writes.pendingCount };
  }

  /** Writes what waits, closes the connections, and stops the embedded database. */
  async close(): Promise<void> {
    clearInterval(this.#pruning);
    await this.writes.close();
    await disposeAll(this.#parts.resources);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #prune(): Promise<void> {
    try {
      await this.idempotency.prune();
      await this.keyRotation.finish();
      await this.webhookDeliveries.prune();
      await this.dashboardSessions.prune();
      await this.projectEvents.prune();
    } catch (error) {
      this.#logger.warn({ err: error }, 'what is over could not be removed from the database; it is tried again in ten minutes');
    }
  }
}

async function openParts(options: StoreOptions, resources: AsyncDisposable[], signal?: AbortSignal): Promise<Parts> {
  const { dataDir, logger } = options;
  await mkdir(dataDir, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw storeError(cause);
  });
  const masterKeys = await MasterKeys.load(dataDir, options.masterKeys);
  const nodeId = (await readOrCreatePrivateFile(join(dataDir, 'node-id'), () => `${randomBytes(16).toString('hex')}\n`)).trim();
  const config = await connectionConfig(options, resources, signal);

  const session = await NodeSession.open({ config, nodeId, logger, onReplaced: options.onFatal });
  resources.push(session);
  signal?.throwIfAborted();
  await migrateDatabase(config);
  const database = new Database(config, logger);
  resources.push(database);
  const deployment = new Deployment(database, masterKeys);
  await deployment.join();
  const taskQueue = await TaskQueue.open(database, logger);
  resources.push(taskQueue);
  const writes = new WriteBehind({ database, nodeId, logger });
  const canCache = () => session.isConnected;
  const apiKeys = new ApiKeys({ database, writes, defaultMaxBrowsers: options.maxBrowsers, canCache });
  session.listen(KEYS_CHANNEL, () => apiKeys.forgetVerified());
  const projects = new Projects(database, apiKeys, options);
  const defaultProject = await projects.default();
  const firstKeyId = await ensureFirstKey({ database, projectId: defaultProject.id, dataDir, given: options.apiKey, logger });
  return { database, session, writes, apiKeys, projects, defaultProject, firstKeyId, masterKeys, deployment, nodeId, taskQueue, resources };
}

async function connectionConfig(options: StoreOptions, resources: AsyncDisposable[], signal?: AbortSignal): Promise<pg.ClientConfig> {
  const { dataDir, databaseUrl, logger } = options;
  if (databaseUrl !== undefined) return { connectionString: databaseUrl };
  const postgres = await EmbeddedPostgres.start({ dataDir, logger, onGivenUp: options.onFatal }, signal);
  resources.push(postgres);
  return { ...postgres.connection };
}

async function disposeAll(resources: AsyncDisposable[]): Promise<void> {
  for (const resource of resources.splice(0).reverse()) await resource[Symbol.asyncDispose]();
}
