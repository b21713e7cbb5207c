import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Cents } from './books.js';

/** The one account of the shop, for demonstrations; the sign-in page shows it. */
export const DEMO_ACCOUNT = { email: 'ada@example.com', password: 'difference-engine', name: 'Ada' } as const;

export interface OrderLine {
  readonly title: string;
  readonly quantity: number;
  readonly price: Cents;
}

export interface Order {
  readonly number: string;
  readonly lines: readonly OrderLine[];
  readonly total: Cents;
  /** What was asked for besides the books: label and answer. */
  readonly wishes: readonly (readonly [label: string, answer: string])[];
}

/** What the shop knows of one browser, by the cookie that it gave it. */
export interface Visit {
  readonly id: string;
  /** Who is signed in there. */
  readonly member: string | undefined;
  readonly orders: ReadonlyMap<string, Order>;
}

interface StoredVisit extends Visit {
  member: string | undefined;
  readonly orders: Map<string, Order>;
}

const MAX_VISITS = 1000;
const MAX_ORDERS_OF_A_VISIT = 50;

const sameText = (given: string, expected: string) => {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
};

/** The visits of one shop, in memory: the oldest goes when there are too many. */
export class Visits {
  readonly #byId = new Map<string, StoredVisit>();

  find(id: string | undefined): Visit | undefined {
    return id === undefined ? undefined : this.#byId.get(id);
  }

  /** Signs in on a new visit, so that an id that somebody knew before is worth nothing after. Wrong credentials: undefined. */
  signIn(email: string, password: string, before: Visit | undefined): Visit | undefined {
    const isRight = sameText(email.trim().toLowerCase(), DEMO_ACCOUNT.email) && sameText(password, DEMO_ACCOUNT.password);
    if (!isRight) return undefined;
    if (before !== undefined) this.#byId.delete(before.id);
    return this.#open(DEMO_ACCOUNT.name, new Map(before?.orders));
  }

  signOut(visit: Visit): void {
    this.#byId.delete(visit.id);
  }

  /** Writes the order down, on a new visit when this browser has none. */
  placeOrder(visit: Visit | undefined, order: Order): Visit {
    const stored = (visit && this.#byId.get(visit.id)) ?? this.#open(undefined, new Map());
    stored.orders.set(order.number, order);
    dropOldest(stored.orders, MAX_ORDERS_OF_A_VISIT);
    return stored;
  }

  #open(member: string | undefined, orders: Map<string, Order>): StoredVisit {
    const visit = { id: randomBytes(24).toString('base64url'), member, orders };
    this.#byId.set(visit.id, visit);
    dropOldest(this.#byId, MAX_VISITS);
    return visit;
  }
}

/** Maps keep the order of insertion, so that the first key is the oldest. */
function dropOldest(map: Map<string, unknown>, keep: number): void {
  for (const key of map.keys()) {
    if (map.size <= keep) return;
    map.delete(key);
  }
}
