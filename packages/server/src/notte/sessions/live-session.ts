import type { TurnPage } from '@carrel/agent';
import type { OpenBrowser } from '../../browsers/open-browser.js';
import { pageWithoutCredentials } from '../../end-users/index.js';
import type { TurnCredentials } from '../../tasks/turn-credentials.js';
import type { SeenElements } from '../page/seen-elements.js';
import { withoutDialogs } from './without-dialogs.js';

/** What happens in a session, as the log socket tells it. */
export interface SessionHappening {
  readonly type: 'observation' | 'execution_result' | 'agent_completion' | 'error';
  readonly data: unknown;
  readonly timestamp: string;
}

/** The vault that a session was started with. */
export interface SessionVault {
  readonly id: string;
  readonly credentials: TurnCredentials;
}

/** What is known of the session of a browser of this server beside the browser: it is over with it. */
export class LiveSession {
  readonly browser: OpenBrowser;
  /** Its secrets may be in the browser: then nothing but observing and acting is possible, and neither shows them. */
  readonly vault: SessionVault | undefined;
  /** What its callers see and do. */
  readonly page: TurnPage;
  /** The same for an agent, which answers dialogs by itself. */
  readonly agentPage: TurnPage;
  /** What the last observation has given ids to. */
  seen: SeenElements | undefined;
  /** Where a person watches it, once somebody has asked. */
  viewerUrl: string | undefined;
  /** Whose agent works in it now. */
  agentId: string | undefined;
  /** SHA-256 of its files, by name and time. */
  readonly checksums = new Map<string, string>();
  readonly #listeners = new Set<(happening: SessionHappening) => void>();

  constructor(browser: OpenBrowser, vault?: SessionVault) {
    this.browser = browser;
    this.vault = vault;
    this.agentPage = vault?.credentials.page(browser.engine) ?? pageWithoutCredentials(browser.engine);
    this.page = withoutDialogs(this.agentPage);
  }

  /** Tells those who listen. */
  tell(type: SessionHappening['type'], data: unknown): void {
    if (this.#listeners.size === 0) return;
    const happening = { type, data, timestamp: new Date().toISOString() };
    for (const listener of this.#listeners) listener(happening);
  }

  /** Hears what happens from now on; returns how to stop. */
  follow(listener: (happening: SessionHappening) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
