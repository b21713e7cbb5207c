import { rmdir } from 'node:fs/promises';
import { BrowserPool, chooseIsolation, findChromium, type Isolation, MachineMemory, makeRunDirectory } from '@carrel/browser';
import { CarrelError, type Readiness, routes } from '@carrel/protocol';
import type { FastifyInstance } from 'fastify';
import pino, { type Logger } from 'pino';
import { apiKeyRoutes, projectRoutes } from './admin/routes.js';
import { serverRoutes } from './admin/server-routes.js';
import { Admission } from './browsers/admission.js';
import { browserLimits } from './browsers/limits.js';
import { BrowserRegistry } from './browsers/registry.js';
import { resourceRoutes } from './browsers/resource-routes.js';
import { browserRoutes } from './browsers/routes.js';
import { WaysOut } from './browsers/ways-out.js';
import { captchaDesks } from './captchas/index.js';
import { Conversations } from './conversations.js';
import { dashboardPage, PAGE_DIRECTORY, signInLink, signInRoutes } from './dashboard/index.js';
import { projectEventRoutes } from './events/project-routes.js';
import { eventRoutes } from './events/routes.js';
import { Fleet } from './fleet/index.js';
import { Gateway } from './gateway/index.js';
import { Addresses } from './http/addresses.js';
import { createApp } from './http/app.js';
import { Authenticator } from './http/authentication.js';
import { IdempotentAnswers } from './http/idempotent-answers.js';
import { Router } from './http/routing.js';
import { Control, LiveDoor, LiveLinks, liveFiles, liveRoutes } from './live/index.js';
import { mcpRoute } from './mcp/index.js';
import { METRICS_TYPE, Metrics } from './metrics/metrics.js';
import { NotteApi } from './notte/index.js';
import { networkRoutes, pageRoutes, stateRoutes } from './pages/routes.js';
import { openArchiveStore, Profiles, ProfileTransfer, profileRoutes, profileTransferRoutes } from './profiles/index.js';
import { Recordings, recordingRoutes } from './recordings/index.js';
import { apiKeyFile, type LoadedSettings, loadSettings, type Settings } from './settings/index.js';
import { Store } from './store/index.js';
import { VERSION } from './version.js';

export interface ServerOptions {
  /** Environment to read settings from; default: that of this process. */
  env?: NodeJS.ProcessEnv;
  /** Directory whose `carrel.config.json` counts; default: the current one. */
  cwd?: string;
  /** Ends the start; what was begun is undone. */
  signal?: AbortSignal;
  /** The server cannot go on and should be closed: its database does not come back, or another server took its place. */
  onFatal?: (error: CarrelError) => void;
}

/** A server that runs. */
export interface CarrelServer extends AsyncDisposable {
  /** Where it is reached: `CARREL_PUBLIC_URL`, or where it listens. */
  readonly url: string;
  /** Where its first API key is from. */
  readonly apiKey: { source: 'environment' } | { source: 'file'; path: string };
  /** Makes a link that signs in to the dashboard as that key, once, within ten minutes. Null when the key was revoked. */
  signInUrl(): Promise<string | null>;
  /** Drains: takes no new work, closes all browsers in good order, writes what waits to be written. */
  close(): Promise<void>;
  /**
   * Lets pages of all browsers reach something that is not public, until what is returned is disposed of.
   * @param allowance an address or CIDR range with an optional port, as in `CARREL_EGRESS_ALLOW`: `127.0.0.1:7071`
   * @throws {CarrelError} `invalid_request`
   */
  allowEgress(allowance: string): Disposable;
}

/**
 * Starts a server.
 * @throws {CarrelError} `invalid_request` for bad settings, `conflict` when another server has the data directory, `store_unavailable`
 */
export async function startServer(options: ServerOptions = {}): Promise<CarrelServer> {
  const loaded = loadSettings(options.env ?? process.env, options.cwd ?? process.cwd());
  const { settings, warnings } = loaded;
  const logger = createLogger(settings);
  for (const warning of warnings) logger.warn(warning);
  if (settings.allowNoSandbox) {
    logger.warn(
      "CARREL_ALLOW_NO_SANDBOX=1: browsers run without Chromium's own sandbox; a page that breaks out of its renderer can do all that the browser may.",
    );
  }
  const cleanups: (() => Promise<void>)[] = [];
  const undo = async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  };
  try {
    return await start({ loaded, logger, options, cleanups, undo });
  } catch (error) {
    await undo();
    throw error;
  }
}

interface Start {
  loaded: LoadedSettings;
  logger: Logger;
  options: ServerOptions;
  /** What is to be undone at the end, in the order in which it was done. */
  cleanups: (() => Promise<void>)[];
  undo: () => Promise<void>;
}

async function start({ loaded, logger, options, cleanups, undo }: Start): Promise<CarrelServer> {
  const { settings } = loaded;
  const waysOut = await WaysOut.create(settings);
  const { dataDir, apiKey } = settings;
  const onFatal = (error: CarrelError) => {
    logger.fatal({ err: error }, 'the server cannot go on');
    options.onFatal?.(error);
  };
  const store = await Store.open({ ...settings, masterKeys: settings.masterKey, logger, onFatal }, options.signal);
  cleanups.push(() => store.close());
  const runDirectory = await makeRunDirectory(dataDir, { othersMustEnter: process.getuid?.() === 0 });
  // It stays when something in it could not be removed, which the next start then sweeps.
  cleanups.push(() => rmdir(runDirectory).catch(() => {}));
  const isolation = await chooseIsolation({
    runDirectory,
    executablePaths: { 'headless-shell': settings.headlessShellPath, chromium: settings.chromiumPath },
    allowNoSandbox: settings.allowNoSandbox,
    maxLevel: settings.maxIsolation,
    limits: {
      memoryBytes: settings.browserMemoryBytes,
      tasks: settings.browserTasks,
      cpuPercent: settings.browserCpuPercent,
      diskBytes: settings.browserDiskBytes,
    },
  });
  if (isolation.reasons.length > 0) logger.warn({ level: isolation.level, reasons: isolation.reasons }, 'isolation could be better');
  await sweep(isolation, store, logger);

  const profiles = new Profiles({
    store,
    archives: await openArchiveStore(settings),
    maxBytes: settings.profileMaxBytes,
    maxProjectBytes: settings.profilesMaxBytes,
    logger,
  });
  cleanups.push(() => profiles[Symbol.asyncDispose]());
  const metrics = new Metrics();
  cleanups.push(() => metrics.close());
  const admission = new Admission({ memory: await MachineMemory.find() });
  const pool = new BrowserPool({
    isolation,
    limits: browserLimits(settings),
    size: settings.poolSize,
    mayPrepare: () => admission.hasRoomToSpare,
    mustGiveWay: () => admission.isShortOfMemory,
    onFailure: (error) => logger.warn({ err: error }, 'a browser could not be started ahead'),
  });
  cleanups.push(() => pool[Symbol.asyncDispose]());
  metrics.watchPool(pool, admission);
  metrics.watchStore(store);
  const recordings = await Recordings.open({ store, settings, logger });
  cleanups.push(() => recordings[Symbol.asyncDispose]());
  let addresses: Addresses | undefined;
  const getAddresses = () => {
    if (addresses === undefined) throw new CarrelError('internal', 'The server does not listen yet.');
    return addresses;
  };
  const links = new LiveLinks(getAddresses);
  cleanups.push(async () => links[Symbol.dispose]());
  const control = new Control();
  const captchaDeskFor = captchaDesks({ settings, links, control });
  const registry = new BrowserRegistry({
    ...{ isolation, pool, admission, waysOut, profiles, recordings, store, settings, metrics, logger },
    captchaDeskFor,
  });
  cleanups.push(() => registry.drain());
  const transfer = new ProfileTransfer({ profiles, registry, isolation, store, settings });
  cleanups.push(() => transfer.drain());
  const app = await createApp({ settings, logger, addresses: getAddresses });
  cleanups.push(() => app.close());
  const authenticator = new Authenticator(store, getAddresses);
  const router = new Router(app, authenticator, new IdempotentAnswers(store));
  browserRoutes(router, registry, store, getAddresses);
  pageRoutes(router, registry, control);
  liveRoutes(router, registry, links);
  liveFiles(app, links);
  stateRoutes(router, registry, control);
  networkRoutes(router, registry);
  resourceRoutes(router, registry);
  eventRoutes(router, registry, store);
  projectEventRoutes(router, store, authenticator);
  projectRoutes(router, store, registry, profiles);
  recordingRoutes(router, recordings);
  profileRoutes(router, profiles, store);
  profileTransferRoutes(router, transfer, settings);
  apiKeyRoutes(router, store);
  const conversations = new Conversations({
    store,
    registry,
    recordings,
    profiles,
    waysOut,
    control,
    links,
    settings,
    metrics,
    logger,
    addresses: getAddresses,
  });
  conversations.route(router, app);
  const notte = new NotteApi({
    ...{ authenticator, registry, store, profiles, transfer, recordings, links, control, conversations, settings, logger },
    addresses: getAddresses,
  });
  cleanups.push(() => notte[Symbol.asyncDispose]());
  await notte.route(app);
  serverRoutes(router, { store, registry, admission, pool, isolation, loaded });
  signInRoutes(router, store, getAddresses);
  mcpRoute(app, { authenticator, addresses: getAddresses, logger });
  await dashboardPage(app, { directory: PAGE_DIRECTORY, embedOrigins: settings.embedOrigins });
  healthRoutes(router, { registry, store, settings });
  router.implement(routes.metrics, async () => ({ body: Buffer.from(await metrics.text()), contentType: METRICS_TYPE }));
  const live = new LiveDoor(links, control);
  new Gateway({ registry, store, settings, logger, addresses: getAddresses, live, notte: notte.sockets }).listen(app.server);

  options.signal?.throwIfAborted();
  const port = await listen(app, settings);
  addresses = new Addresses(settings, port);
  waysOut.addOwnPort(port);
  const fleet = await Fleet.join({ store, registry, logger }, addresses.publicUrl);
  cleanups.push(() => fleet[Symbol.asyncDispose]());
  const turns = await conversations.start(port);
  cleanups.push(async () => turns[Symbol.asyncDispose]());
  logger.info({ url: addresses.publicUrl }, `listening at ${addresses.publicUrl}`);

  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      // First the turns, then the browsers, while clients can still ask how they ended; a new one is refused from the first moment.
      await Promise.all([registry.drain(turns.drain()), transfer.drain()]);
      await undo();
      logger.info('closed');
    })();
    return closing;
  };
  const keySource = apiKey === undefined ? { source: 'file' as const, path: apiKeyFile(dataDir) } : { source: 'environment' as const };
  const allowEgress = (allowance: string) => waysOut.allow(allowance);
  const { publicUrl } = addresses;
  const signInUrl = async () => (store.firstKeyId === null ? null : (await signInLink(store, store.firstKeyId, publicUrl)).url);
  return { url: publicUrl, apiKey: keySource, signInUrl, close, allowEgress, [Symbol.asyncDispose]: close };
}

/** Removes what a server of this data directory that was killed has left, on the machine and in the store. The store's lock makes this safe. */
async function sweep(isolation: Isolation, store: Store, logger: Logger): Promise<void> {
  const swept = await isolation.sweep();
  const failed = await store.browsers.failOrphans();
  if (swept.length + failed.length > 0) logger.warn({ swept, failed }, 'removed browsers that a server which was killed had left');
}

async function listen(app: FastifyInstance, { host, port }: Settings): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new CarrelError('conflict', `Port ${port} of ${host} is taken by another program. Set CARREL_PORT to a free one (0 picks one).`, {
      cause,
    });
  }
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function healthRoutes(
  router: Router,
  { registry, store, settings }: { registry: BrowserRegistry; store: Store; settings: Settings },
): void {
  const check = async (work: () => Promise<string>) => {
    try {
      return { ok: true, message: await work() };
    } catch (error) {
      return { ok: false, message: error instanceof Error ? error.message : String(error) };
    }
  };
  router.implement(routes.health, async () => ({ status: 'ok' as const, version: VERSION }));
  router.implement(routes.ready, async ({ reply }): Promise<Readiness> => {
    const [storeCheck, chromium] = await Promise.all([
      check(() => store.ping().then(() => 'The database answers.')),
      check(
        async () => `Found at ${(await findChromium('headless-shell', { executablePath: settings.headlessShellPath })).executablePath}.`,
      ),
    ]);
    const draining = { ok: !registry.isDraining, message: registry.isDraining ? 'The server is shutting down.' : 'The server takes work.' };
    const ready = storeCheck.ok && chromium.ok && draining.ok;
    const body = { ready, checks: { store: storeCheck, chromium, draining } };
    if (!ready) await reply.code(503).send(body);
    return body;
  });
}

const SECRETS = ['cdpUrl', '*.cdpUrl', 'token', '*.token', 'secret', '*.secret', 'headers.authorization', '*.headers.authorization'];

/** Logs as JSON lines on standard error: standard output is for what programs read. What could hold a secret is taken out, wherever it turns up. */
function createLogger({ logLevel }: Settings): Logger {
  return pino({ level: logLevel, redact: { paths: SECRETS, censor: '[secret]' } }, pino.destination(2));
}
