import { randomBytes, timingSafeEqual } from 'node:crypto';
/** The one account of the shop, for demonstrations; the sign-in page shows it. */
export const DEMO_ACCOUNT = { email: 'ada@example.com', password: 'difference-engine', name: 'Ada' };
const MAX_VISITS = 1000;
const MAX_ORDERS_OF_A_VISIT = 50;
const sameText = (given, expected) => {
    const a = Buffer.from(given);
    const b = Buffer.from(expected);
    return a.length === b.length && timingSafeEqual(a, b);
};
/** The visits of one shop, in memory: the oldest goes when there are too many. */
export class Visits {
    #byId = new Map();
    find(id) {
        return id === undefined ? undefined : this.#byId.get(id);
    }
    /** Signs in on a new visit, so that an id that somebody knew before is worth nothing after. Wrong credentials: undefined. */
    signIn(email, password, before) {
        const isRight = sameText(email.trim().toLowerCase(), DEMO_ACCOUNT.email) && sameText(password, DEMO_ACCOUNT.password);
        if (!isRight)
            return undefined;
        if (before !== undefined)
            this.#byId.delete(before.id);
        return this.#open(DEMO_ACCOUNT.name, new Map(before?.orders));
    }
    signOut(visit) {
        this.#byId.delete(visit.id);
    }
    /** Writes the order down, on a new visit when this browser has none. */
    placeOrder(visit, order) {
        const stored = (visit && this.#byId.get(visit.id)) ?? this.#open(undefined, new Map());
        stored.orders.set(order.number, order);
        dropOldest(stored.orders, MAX_ORDERS_OF_A_VISIT);
        return stored;
    }
    #open(member, orders) {
        const visit = { id: randomBytes(24).toString('base64url'), member, orders };
        this.#byId.set(visit.id, visit);
        dropOldest(this.#byId, MAX_VISITS);
        return visit;
    }
}
/** Maps keep the order of insertion, so that the first key is the oldest. */
function dropOldest(map, keep) {
    for (const key of map.keys()) {
        if (map.size <= keep)
            return;
        map.delete(key);
    }
}
//# sourceMappingURL=visits.js.map