import type { BrowserKind } from '@carrel/protocol';
import type { BrowserLimits } from './browser-options.js';
import { CdpSession, Multiplexer, playwrightTransport } from './cdp/index.js';
import type { ForwardProxy } from './egress/index.js';
import { type DescribedIdentity, IdentityClient } from './identity/index.js';
import type { IsolatedBrowser } from './isolation/index.js';
import { Pages, type PagesOptions } from './page/index.js';

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
  proxy: Pick<ForwardProxy, 'lastFailure'>;
  emit: PagesOptions['emit'];
}

/** Connects to a Chromium that was launched, and makes it who it is to be. */
export async function connect(
  isolated: IsolatedBrowser,
  { identity, chromium }: DescribedIdentity,
  { kind, limits, proxy, emit }: ConnectionOptions,
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
      lastFailure: (url) => proxy.lastFailure(url),
      emit,
      limits,
    }),
    identifying,
  ]);
  known.pages = pages;
  return { kind, version: product.slice(product.indexOf('/') + 1), identity, multiplexer, session, pages, identityClient };
}
