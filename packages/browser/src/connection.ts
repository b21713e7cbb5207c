import type { Socket } from 'node:net';
import type { BrowserEventType, BrowserKind, Identity, NetworkFailure } from '@carrel/protocol';
import type { BrowserLimits } from './browser-options.js';
import { CdpSession, Multiplexer, playwrightTransport } from './cdp/index.js';
import { type DescribedIdentity, IdentityClient, launchOf } from './identity/index.js';
import type { IsolatedBrowser, Isolation, IsolationIncident, LaunchRequest } from './isolation/index.js';
import { type JsonObject, Pages } from './page/index.js';

/** Whom a Chromium belongs to: takes its connections, and hears what becomes of it. */
export interface Tenant {
  /** Takes each connection that the browser makes to its proxy. */
  acceptEgress: (socket: Socket) => void;
  /** Why the browser's proxy last did not reach where a URL points, as far as it knows. */
  lastFailure: (url: URL) => NetworkFailure | undefined;
  /** Something happened that is to be in the browser's log. */
  emit: (type: BrowserEventType, data: JsonObject) => void;
  onIncident: (incident: IsolationIncident) => void;
}

/** All that the engine has on the debugging pipe of a running Chromium. */
export interface Connection {
  kind: BrowserKind;
  /** E.g. `156.0.8078.79`. */
  version: string;
  identity: DescribedIdentity['identity'];
  multiplexer: Multiplexer;
  session: CdpSession;
  pages: Pages;
  identityClient: IdentityClient;
}

export interface ConnectionOptions {
  kind: BrowserKind;
  limits: BrowserLimits;
  tenant: Pick<Tenant, 'lastFailure' | 'emit'>;
}

/** Launches a Chromium as who it is to be. @throws {CarrelError} `chromium_not_found` or `launch_failed` */
export function launch(
  isolation: Pick<Isolation, 'launch'>,
  request: Pick<LaunchRequest, 'id' | 'kind' | 'fillProfile' | 'priority'> & { identity: Identity },
  { acceptEgress, onIncident }: Pick<Tenant, 'acceptEgress' | 'onIncident'>,
): Promise<IsolatedBrowser> {
  const { identity, ...rest } = request;
  return isolation.launch({ ...rest, ...launchOf(identity, request.kind), acceptEgress, onIncident });
}

/**
 * Connects to a Chromium that was launched, and makes it who it is to be. Its first page need not have answered yet, which takes longer than all
 * else: Chromium obeys in order, so that whoever comes after this finds the page as it is to be. `identityClient.taken` tells of it.
 */
export async function connect(
  isolated: IsolatedBrowser,
  { identity, chromium }: DescribedIdentity,
  { kind, limits, tenant }: ConnectionOptions,
): Promise<Connection> {
  const known: { pages?: Pages } = {};
  const multiplexer = new Multiplexer({
    readable: isolated.readable,
    writable: isolated.writable,
    maxMessageBytes: limits.maxCdpMessageBytes,
    downloadPath: isolated.directories.downloads,
    uploadPath: isolated.directories.uploads,
    refuseTab: () => known.pages?.refuseTab(),
  });
  // The first of all clients: what a later one asks for itself then comes after it, and counts.
  const identifying = IdentityClient.start(multiplexer, identity, chromium);
  identifying.catch(() => {}); // told below, unless something else fails first
  const [session] = await Promise.all([CdpSession.open(multiplexer), multiplexer.start()]);
  const [{ product }, pages, identityClient] = await Promise.all([
    session.send('Browser.getVersion'),
    Pages.create({
      session,
      connectTransport: () => playwrightTransport(multiplexer),
      directories: isolated.directories,
      browserUid: isolated.uid,
      lastFailure: tenant.lastFailure,
      emit: tenant.emit,
      limits,
    }),
    identifying,
  ]);
  known.pages = pages;
  return { kind, version: product.slice(product.indexOf('/') + 1), identity, multiplexer, session, pages, identityClient };
}
