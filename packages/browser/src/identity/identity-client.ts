import type { Identity } from '@carrel/protocol';
import type { Protocol } from 'devtools-protocol';
import type { ProtocolMapping } from 'devtools-protocol/types/protocol-mapping.js';
import { CdpSession, type Multiplexer } from '../cdp/index.js';
import type { ChromiumFacts } from '../chromium/index.js';
import { brandHeaders, userAgentOverride } from './user-agent.js';

const ATTACH = { autoAttach: true, waitForDebuggerOnStart: true, flatten: true } as const;
const FIRST_REQUEST_MS = 10_000;
const FIRST_REQUEST = { patterns: [{ resourceType: 'Document', requestStage: 'Request' }] } satisfies Protocol.Fetch.EnableRequest;

/**
 * Tells every page, frame and worker of a browser, before its first script, what of the identity Chromium cannot be started with: client
 * hints, the languages of workers, the place.
 *
 * It is one more client of the browser. A new target waits for every client that asked to be waited for, so that this one lets it go at
 * once: all of its commands to a target go out together, and nothing waits for an answer. Chromium obeys them in their order.
 */
export class IdentityClient {
  readonly #session: CdpSession;
  readonly #override: Protocol.Emulation.SetUserAgentOverrideRequest;
  readonly #brandHeaders: Readonly<Record<string, string>>;
  #geolocation: Identity['geolocation'];
  /** The context of the pages that no client made one for. */
  #context: string | undefined;
  /** The sessions of pages that are told where they are. */
  readonly #pages = new Set<string>();
  /** What the pages answer that were there at the start, by their sessions. */
  readonly #first = new Map<string, Promise<unknown>>();

  private constructor(session: CdpSession, identity: Identity, chromium: ChromiumFacts) {
    this.#session = session;
    this.#geolocation = identity.geolocation;
    this.#override = userAgentOverride(identity, chromium);
    this.#brandHeaders = brandHeaders(chromium);
  }

  /** Resolves when the pages that are there have been told, before anybody else can tell them something; `taken` when they have the identity. */
  static async start(multiplexer: Multiplexer, identity: Identity, chromium: ChromiumFacts): Promise<IdentityClient> {
    const client = new IdentityClient(await CdpSession.open(multiplexer), identity, chromium);
    await client.#start();
    return client;
  }

  /** Resolves when the pages that were there at the start have the identity: what Chromium takes for the first page it takes for all. */
  async taken(): Promise<void> {
    const answers = [...this.#first].map(([sessionId, answer]) =>
      answer.catch((error: unknown) => {
        if (this.#pages.has(sessionId)) throw error; // else somebody has closed it meanwhile
      }),
    );
    await Promise.all(answers);
  }

  /** Whether the browser has heard of this time zone, after its system was moved there. */
  async isIn(timezone: string, { timeoutMs }: { timeoutMs: number }): Promise<boolean> {
    const [page] = this.#first.keys();
    if (page === undefined) return false;
    // Of two names of one zone Chromium shows the same, whichever it was told.
    const expression = `[undefined, ${JSON.stringify(timezone)}].map((timeZone) => Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone)`;
    const { result } = await this.#session.send('Runtime.evaluate', { expression, returnByValue: true }, { sessionId: page, timeoutMs });
    const [is, wanted] = result.value as [string, string];
    return is === wanted;
  }

  /** Chromium forgets what was granted to pages when any client that granted something leaves, and where they are when one that said so does. */
  clientLeft(): void {
    if (this.#geolocation === null) return;
    this.#tellPlace(this.#geolocation);
    this.#grant().catch(() => {
      // The browser is ending.
    });
  }

  /** From now on the browser is there. */
  async moveTo(geolocation: NonNullable<Identity['geolocation']>): Promise<void> {
    this.#geolocation = geolocation;
    // Chromium obeys in the order of commands: whatever a client asks of a page next comes after this.
    this.#tellPlace(geolocation);
    await this.#grant();
  }

  #tellPlace(geolocation: NonNullable<Identity['geolocation']>): void {
    for (const sessionId of this.#pages) this.#send('Emulation.setGeolocationOverride', geolocation, sessionId);
  }

  async #start(): Promise<void> {
    const session = this.#session;
    session.on('Target.attachedToTarget', (event) => this.#attached(event));
    session.on('Fetch.requestPaused', (event, sessionId) => this.#mendFirstRequest(event, sessionId));
    session.on('Target.detachedFromTarget', (event) => this.#pages.delete(event.sessionId));
    // A service worker that starts again waits again, and nothing but this tells of it.
    session.on('Inspector.targetReloadedAfterCrash', (_, sessionId) => this.#send('Runtime.runIfWaitingForDebugger', undefined, sessionId));
    // The events about the targets that are there come before the answer.
    await Promise.all([session.send('Target.setAutoAttach', ATTACH), this.#grant()]);
  }

  async #grant(): Promise<void> {
    if (this.#geolocation === null) return;
    await this.#session.send('Browser.setPermission', { permission: { name: 'geolocation' }, setting: 'granted' });
  }

  #attached({ sessionId, targetInfo, waitingForDebugger }: Protocol.Target.AttachedToTargetEvent): void {
    const { type, browserContextId } = targetInfo;
    const geolocation = this.#geolocation;
    const overridden = this.#session.send('Emulation.setUserAgentOverride', this.#override, { sessionId });
    if (type === 'page' && !waitingForDebugger) this.#first.set(sessionId, overridden);
    overridden.catch(gone);
    if (type === 'page') {
      this.#context ??= browserContextId;
      // In contexts that clients make, permissions and places are theirs to give.
      if (browserContextId === this.#context) this.#pages.add(sessionId);
      if (geolocation !== null && this.#pages.has(sessionId)) {
        this.#send('Emulation.setGeolocationOverride', geolocation, sessionId);
      }
      if (waitingForDebugger) {
        this.#send('Fetch.enable', FIRST_REQUEST, sessionId);
        // A request may be too large to hear of, and would wait for ever. Only one that was under way already has to be mended.
        setTimeout(() => this.#send('Fetch.disable', undefined, sessionId), FIRST_REQUEST_MS).unref();
      }
    }
    if (type === 'service_worker') this.#send('Inspector.enable', undefined, sessionId);
    this.#send('Target.setAutoAttach', ATTACH, sessionId);
    this.#send('Runtime.runIfWaitingForDebugger', undefined, sessionId);
  }

  /**
   * The first request of a new page (`target=_blank`, `noopener`, `Target.createTarget`) was written before anybody could say what to write
   * in it: in its client hints a headless shell calls itself that, and the full browser has no versions.
   */
  #mendFirstRequest({ requestId, request }: Protocol.Fetch.RequestPausedEvent, sessionId: string | undefined): void {
    const headers = Object.entries(request.headers).map(([name, value]) => ({
      name,
      value: this.#brandHeaders[name.toLowerCase()] ?? value,
    }));
    this.#send('Fetch.continueRequest', { requestId, headers }, sessionId);
    this.#send('Fetch.disable', undefined, sessionId);
  }

  #send<M extends keyof ProtocolMapping.Commands>(method: M, params: ParamsOf<M>, sessionId: string | undefined): void {
    this.#session.send(method, params as never, sessionId === undefined ? {} : { sessionId }).catch(gone);
  }
}

type ParamsOf<M extends keyof ProtocolMapping.Commands> = ProtocolMapping.Commands[M]['paramsType'][0];

/** A target may end before it has heard of anything, and not every type of target knows every command; what is right for a page is seen at the start. */
const gone = () => {};
