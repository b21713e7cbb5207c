import { builtinModel, compileSchema, type Model, type ModelAccess, openModel, priceOf, type TurnOptions } from '@carrel/agent';
import type { EgressPolicy } from '@carrel/browser';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { answerPage, answerUrlOf } from './answer-page/index.js';
import type { BrowserRegistry } from './browsers/registry.js';
import { egressPolicy, type WaysOut } from './browsers/ways-out.js';
import {
  closeBrowsersOfDeleted,
  credentialRoutes,
  EndUserCredentials,
  endUserRoutes,
  Logins,
  removeEndUser,
  turnCredentialsOf,
} from './end-users/index.js';
import type { Addresses } from './http/addresses.js';
import type { Router } from './http/routing.js';
import type { Control, LiveLinks } from './live/index.js';
import type { Metrics } from './metrics/metrics.js';
import type { Profiles } from './profiles/index.js';
import type { Recordings } from './recordings/index.js';
import { sessionRoutes } from './sessions/index.js';
import type { Settings } from './settings/index.js';
import type { Actor, Store, TaskRow } from './store/index.js';
import { type TaskChecks, taskRoutes, turnRunner, Worker } from './tasks/index.js';
import { WebhookSender, webhookRoutes } from './webhooks/index.js';

export interface ConversationParts {
  readonly store: Store;
  readonly registry: BrowserRegistry;
  readonly recordings: Recordings;
  readonly profiles: Profiles;
  readonly waysOut: WaysOut;
  readonly control: Control;
  readonly links: LiveLinks;
  readonly settings: Settings;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Known once the server listens. */
  readonly addresses: () => Addresses;
}

/** The second half of the server: sessions of tasks, end users with their credentials, and who is told of it. */
export class Conversations {
  readonly #parts: ConversationParts;
  readonly #access: ModelAccess;
  /** What webhooks may be delivered to. */
  readonly #webhookPolicy: EgressPolicy;
  readonly #credentials: EndUserCredentials;

  constructor(parts: ConversationParts) {
    const { settings } = parts;
    this.#parts = parts;
    this.#credentials = new EndUserCredentials(parts.store);
    this.#webhookPolicy = egressPolicy(settings, settings.webhookAllow);
    this.#access = {
      openaiApiKey: settings.openaiApiKey,
      anthropicApiKey: settings.anthropicApiKey,
      googleApiKey: settings.googleApiKey,
      baseUrl: settings.modelBaseUrl,
      apiKey: settings.modelApiKey,
      withoutVision: settings.modelsWithoutVision,
    };
  }

  /** Puts the routes of conversations into the HTTP server. */
  route(router: Router, app: FastifyInstance): void {
    const { store, registry, profiles, links, settings, logger } = this.#parts;
    const credentials = this.#credentials;
    const answerUrl = (row: TaskRow) => this.#answerUrl(row);
    const cancel = (projectId: string, id: string) => store.tasks.cancel(projectId, id);
    taskRoutes(router, { store, checks: this.#checks, defaultModel: settings.model, answerUrl });
    sessionRoutes(router, { store, cancel, answerUrl });
    credentialRoutes(router, credentials, settings);
    const logins = new Logins({ registry, links, credentials, logger });
    endUserRoutes(router, { store, registry, profiles, cancel, credentials, logins });
    webhookRoutes(router, store, this.#webhookPolicy);
    answerPage(app, {
      store,
      answer: ({ projectId, id, waitingFor }, text) => store.tasks.resume(projectId, id, text, waitingFor?.since),
      doorOf: (project, browserId) => registry.get(project, browserId),
    });
  }

  /**
   * Begins to take turns and to deliver webhooks, once the server listens.
   * @returns ends both, the turns first
   */
  async start(ownPort: number): Promise<AsyncDisposable & { drain(): Promise<void> }> {
    const { store, registry, recordings, control, settings, metrics, logger } = this.#parts;
    this.#webhookPolicy.addOwnPort(ownPort);
    const runTurn = turnRunner({
      registry,
      store,
      recordings,
      control,
      openCredentials: turnCredentialsOf(store, logger),
      openModel: (name) => this.openModel(name),
      priceOf: this.priceOf,
      settings,
      logger,
    });
    const worker = await Worker.start({
      store,
      runTurn,
      maxTurns: settings.taskWorkers,
      logger,
      onEnded: (...how) => metrics.taskEnded(...how),
    });
    // After what may fail: nothing of it is to be ended then.
    const sender = new WebhookSender({
      ...{ store, policy: this.#webhookPolicy, logger },
      answerUrl: (row) => this.#answerUrl(row),
    });
    const stopListening = closeBrowsersOfDeleted(store, registry, logger);
    metrics.watchTasks({ running: () => worker.size, waiting: () => store.tasks.countWaiting() });
    const end = async () => {
      await worker.drain();
      stopListening();
      await sender[Symbol.asyncDispose]();
    };
    return { drain: () => worker.drain(), [Symbol.asyncDispose]: end };
  }

  #answerUrl(row: TaskRow): string | null {
    return answerUrlOf(this.#parts.store, this.#parts.addresses().publicUrl, row);
  }

  /** What sees to credentials of end users. */
  get credentials(): EndUserCredentials {
    return this.#credentials;
  }

  /** Deletes all that there is of an end user. @throws as `removeEndUser` */
  removeEndUser(actor: Actor, endUserId: string): Promise<void> {
    const { store, registry, profiles } = this.#parts;
    const cancel = (projectId: string, id: string) => store.tasks.cancel(projectId, id);
    return removeEndUser({ store, registry, profiles, cancel }, actor, endUserId);
  }

  /** A model by its name, with the keys of this server. @throws {CarrelError} `model_not_configured` */
  openModel(name: string): Model {
    return name === 'builtin' ? builtinModel() : openModel(name, this.#access);
  }

  /** What a call of a model cost; null: not known. */
  readonly priceOf: TurnOptions['priceOf'] = (model, usage) =>
    model === 'builtin' ? 0 : priceOf(this.#parts.settings.modelPrices, model, usage);

  get #checks(): TaskChecks {
    const { settings, waysOut } = this.#parts;
    return {
      assertModel: (name) => void this.openModel(name),
      hasPrice: (name) => name === 'builtin' || Object.hasOwn(settings.modelPrices, name),
      assertSchema: async (schema) => void (await compileSchema(schema)),
      assertExit: (proxies) => waysOut.find({ proxies }, '')[Symbol.dispose](),
    };
  }
}
