import type { CredentialAlias, TurnPage } from '@carrel/agent';
import type { Browser } from '@carrel/browser';
import type { Logger } from 'pino';
import type { EndUserName, Store } from '../store/index.js';
import type { OpenTurnCredentials, TurnCredentials } from '../tasks/turn-credentials.js';
import { itemOf, type KeptItem } from './items.js';
import { KeptState } from './kept-state.js';
import { Redactor } from './redact.js';
import { originsOf, Scope } from './scope.js';
import { fieldsOf, secretsOf } from './secrets-of.js';
import { RedactedPage } from './turn-page.js';

/** How turns come by what there is of their end users. */
export const turnCredentialsOf =
  (store: Store, logger: Logger): OpenTurnCredentials =>
  async ({ projectId, endUserId }) => {
    // These two alone, as values of its own: a turn that is given has them as getters, which no copy of it would have.
    const whose = { projectId, endUserId };
    const items = (await store.credentials.read(whose)).map(itemOf);
    return new EndUserTurn({ store, logger, whose, items });
  };

interface EndUserTurnOptions {
  readonly store: Store;
  readonly logger: Logger;
  readonly whose: EndUserName;
  readonly items: readonly KeptItem[];
}

class EndUserTurn implements TurnCredentials {
  readonly aliases: readonly CredentialAlias[];
  readonly #options: EndUserTurnOptions;
  readonly #state: KeptState;
  readonly #redactor: Redactor;

  constructor(options: EndUserTurnOptions) {
    this.#options = options;
    this.#state = new KeptState(options);
    this.#redactor = new Redactor(secretsOf(options.items));
    this.aliases = this.#logins.map((login) => ({
      alias: login.alias,
      domain: login.domain,
      origins: originsOf(login),
      includeSubdomains: login.includeSubdomains ?? false,
      fields: fieldsOf(login),
    }));
  }

  get #logins() {
    return this.#options.items.flatMap((item) => (item.kind === 'login' ? [item.value] : []));
  }

  bring(browser: Browser, signal: AbortSignal): Promise<void> {
    return this.#state.bring(browser, signal);
  }

  page(browser: Browser): TurnPage {
    return new RedactedPage({ browser, logins: this.#logins, redactor: this.#redactor, scope: new Scope(this.#options.items) });
  }

  redact<T>(value: T): T {
    return this.#redactor.redact(value);
  }

  get hasSecrets(): boolean {
    return !this.#redactor.isEmpty;
  }

  secretsIn(text: string): Iterable<{ start: number; end: number }> {
    return this.#redactor.spans(text);
  }

  keep(browser: Browser, signal: AbortSignal): Promise<void> {
    return this.#state.keep(browser, signal);
  }
}
