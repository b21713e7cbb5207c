import type { CredentialAlias, TurnPage } from '@carrel/agent';
import type { Browser } from '@carrel/browser';

/** What an end user's credentials and signed-in state are to one turn. */
export interface TurnCredentials {
  /** The logins that the agent may name. */
  readonly aliases: readonly CredentialAlias[];
  /**
   * Brings cookies, localStorage and IndexedDB into a fresh browser, before its first page.
   * @throws {CarrelError} what a browser throws
   */
  bring(browser: Browser, signal: AbortSignal): Promise<void>;
  /** The pages of the browser as the agent may see them, with logins filled in where they may be. */
  page(browser: Browser): TurnPage;
  /** Takes every secret out of something that is about to leave the turn: an event, an error, a result. */
  redact<T>(value: T): T;
  /** Whether there is anything to take out. */
  readonly hasSecrets: boolean;
  /** Where in a text secrets are. */
  secretsIn(text: string): Iterable<{ start: number; end: number }>;
  /**
   * Keeps what the sites that there are credentials of have changed in the browser, merged with what turns beside it have kept. Of other
   * sites nothing.
   */
  keep(browser: Browser, signal: AbortSignal): Promise<void>;
}

/** Reads what there is of an end user. @throws {CarrelError} `profile_key_missing`, `store_unavailable` */
export type OpenTurnCredentials = (whose: { projectId: string; endUserId: string }) => Promise<TurnCredentials>;
