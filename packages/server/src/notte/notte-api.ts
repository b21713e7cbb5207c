import type { TurnOptions } from '@carrel/agent';
import { CarrelError } from '@carrel/protocol';
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { BrowserRegistry } from '../browsers/registry.js';
import type { Conversations } from '../conversations.js';
import { turnCredentialsOf } from '../end-users/index.js';
import type { Addresses } from '../http/addresses.js';
import type { Authenticator } from '../http/authentication.js';
import type { Control, LiveLinks } from '../live/index.js';
import type { Profiles, ProfileTransfer } from '../profiles/index.js';
import type { Recordings } from '../recordings/index.js';
import type { Settings } from '../settings/index.js';
import type { Store } from '../store/index.js';
import { NotteAgents } from './agents/agents.js';
import { Models } from './agents/models.js';
import { agentRoutes } from './agents/routes.js';
import { KeptFiles } from './files/kept-files.js';
import { keepDownloads, sessionFiles, storage } from './files/routes.js';
import { nottePageRoutes } from './page/routes.js';
import { Scraper } from './page/scrape.js';
import { notteProfileRoutes } from './profiles/routes.js';
import { networkLogs, replays } from './sessions/network-and-replay.js';
import { sessionRoutes, sessionStateRoutes } from './sessions/routes.js';
import { NotteSessions } from './sessions/sessions.js';
import { NotteSockets } from './sockets/sockets.js';
import { assertVault, vaultRoutes } from './vaults/routes.js';
import { sendNotteError } from './wire/errors.js';
import { refusedRoutes } from './wire/refused.js';
import { NotteRouter } from './wire/routing.js';
import { SignedLinks } from './wire/signed-links.js';

export interface NotteParts {
  readonly authenticator: Authenticator;
  readonly registry: BrowserRegistry;
  readonly store: Store;
  readonly profiles: Profiles;
  readonly transfer: ProfileTransfer;
  readonly recordings: Recordings;
  readonly links: LiveLinks;
  readonly control: Control;
  readonly conversations: Conversations;
  readonly settings: Settings;
  readonly logger: Logger;
  /** Known once the server listens. */
  readonly addresses: () => Addresses;
}

/** The files of one upload: everything else in it is small. */
const MULTIPART_LIMITS = { files: 1, fields: 20, fieldSize: 10_000, parts: 21 };

/**
 * Notte's API on Carrel's services: a translation, so that programs with Notte's SDK run on this server. Browsers, profiles and keys are those
 * of the native API, by the same ids.
 */
export class NotteApi implements AsyncDisposable {
  readonly sockets: NotteSockets;
  readonly #parts: NotteParts;
  readonly #sessions: NotteSessions;
  readonly #agents: NotteAgents;
  readonly #models: Models;
  readonly #kept: KeptFiles;

  constructor(parts: NotteParts) {
    this.#parts = parts;
    const { registry, store, links, addresses, settings, logger, control, conversations } = parts;
    const { dataDir, maxFileBytes, maxFilesBytes } = settings;
    this.#sessions = new NotteSessions({
      ...{ registry, store, links, addresses },
      openCredentials: turnCredentialsOf(store, logger),
      assertVault: (projectId, id) => assertVault(store, projectId, id),
    });
    this.#models = new Models({ open: (name) => conversations.openModel(name), store, defaultModel: settings.model });
    const priceOf: TurnOptions['priceOf'] = (model, usage) => conversations.priceOf(model, usage);
    this.#agents = new NotteAgents({ store, sessions: this.#sessions, models: this.#models, control, priceOf, logger });
    this.#kept = new KeptFiles({ dataDir, maxFileBytes, maxFilesBytes, logger });
    this.sockets = new NotteSockets({ agents: this.#agents, sessions: this.#sessions, registry, store });
  }

  /** Puts its calls into the HTTP server, below `/notte`. */
  async route(app: FastifyInstance): Promise<void> {
    await app.register((notte) => this.#route(notte), { prefix: '/notte' });
  }

  async #route(app: FastifyInstance): Promise<void> {
    const { authenticator, store, profiles, transfer, recordings, addresses, settings, control, conversations, logger } = this.#parts;
    // One byte more than a file may have: whoever keeps it says that it is too large.
    await app.register(multipart, { limits: { ...MULTIPART_LIMITS, fileSize: settings.maxFileBytes + 1 } });
    app.setErrorHandler((error, request, reply) => {
      if (reply.raw.headersSent) reply.raw.destroy();
      else sendNotteError(error, request, reply);
    });
    const notFound = (request: FastifyRequest, reply: FastifyReply) => {
      const [path] = request.url.split('?', 1);
      sendNotteError(
        new CarrelError('not_found', `There is no ${request.method} ${path}: docs/notte.md says what there is.`),
        request,
        reply,
      );
    };
    app.setNotFoundHandler(notFound);
    // Else the page of the dashboard answers for whatever a browser asks for.
    app.get('/*', notFound);
    const router = new NotteRouter(app, authenticator);
    const sessions = this.#sessions;
    const links = new SignedLinks(store);
    const files = { sessions, kept: this.#kept, links, logger, addresses };
    router.implement({ method: 'GET', path: '/health', scope: null }, async () => ({ status: 'ok' }));
    const ofSessions = {
      sessions,
      store,
      profiles,
      addresses,
      beforeStop: (session: Parameters<typeof keepDownloads>[1]) => keepDownloads(files, session),
    };
    sessionRoutes(router, ofSessions);
    sessionStateRoutes(router, ofSessions);
    networkLogs(router, { sessions, recordings, links, addresses });
    replays(router, { sessions, recordings, links, addresses });
    nottePageRoutes(router, { sessions, control, scraper: new Scraper(this.#models), uploads: this.#kept });
    sessionFiles(router, files);
    storage(router, files);
    notteProfileRoutes(router, { profiles, transfer });
    const removeEndUser = (actor: { projectId: string; apiKeyId: string }, id: string) => conversations.removeEndUser(actor, id);
    vaultRoutes(router, { store, credentials: conversations.credentials, removeEndUser });
    agentRoutes(router, { agents: this.#agents, store });
    refusedRoutes(router);
  }

  /** Ends the agents that work here. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agents.drain();
    this.#kept[Symbol.dispose]();
  }
}
