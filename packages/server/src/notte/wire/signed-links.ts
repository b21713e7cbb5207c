import type { Store } from '../../store/index.js';

/** Something that a link without a key leads to, as texts that say what. */
type Subject = readonly string[];

const TTL_SECONDS = 15 * 60;

/** Links that are good for a while, for whoever has one: Notte's clients fetch files without their key. */
export class SignedLinks {
  readonly #store: Pick<Store, 'signLink' | 'isLinkSignature'>;

  constructor(store: Pick<Store, 'signLink' | 'isLinkSignature'>) {
    this.#store = store;
  }

  /** What is to be added to the address. */
  query(subject: Subject): { query: string; expiresAt: Date; expiresInSeconds: number } {
    const expires = Math.ceil(Date.now() / 1000) + TTL_SECONDS;
    const token = this.#store.signLink(textOf(subject, String(expires)));
    return { query: `expires=${expires}&token=${token}`, expiresAt: new Date(expires * 1000), expiresInSeconds: TTL_SECONDS };
  }

  /** Whether it is a link to that, and not over. */
  isGood(subject: Subject, { expires, token }: { expires: string; token: string }): boolean {
    if (!/^\d{1,12}$/.test(expires) || Number(expires) * 1000 < Date.now()) return false;
    return this.#store.isLinkSignature(textOf(subject, expires), token);
  }
}

const textOf = (subject: Subject, expires: string) => JSON.stringify([...subject, expires]);
