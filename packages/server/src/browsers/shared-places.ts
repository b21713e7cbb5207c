import { newPlaceId, PLACES_CHANNEL, type PlaceRow, type Store } from '../store/index.js';
import { Places, quotaExceeded, type Release } from './places.js';

interface Wish {
  limit: number;
  waitMs: number;
  signal: AbortSignal;
}

interface Held {
  readonly place: PlaceRow;
  isWritten: boolean;
}

/**
 * How many browsers each project may have open at once, over all servers of the database. While this one is alone it is decided in
 * memory, and opening waits for nothing; while there are others, each place is a row.
 */
export class SharedPlaces {
  readonly #store: Pick<Store, 'membership' | 'places' | 'writes'>;
  readonly #own = new Places();
  readonly #held = new Map<string, Held>();
  readonly #waiting = new Set<{ projectId: string; wake: () => void }>();
  readonly #stopListening: () => void;

  constructor(store: Pick<Store, 'membership' | 'places' | 'writes' | 'listen'>) {
    this.#store = store;
    this.#stopListening = store.listen(PLACES_CHANNEL, (projectId) => this.#wake(projectId));
  }

  /** The projects that have browsers open here, or somebody in line. */
  get projectIds(): string[] {
    return this.#own.projectIds;
  }

  /**
   * Takes a place, waiting in line for up to `waitMs`.
   * @throws {CarrelError} `quota_exceeded` when there is none by then, `unauthorized` when the project is gone, `store_unavailable`
   */
  async take(projectId: string, wish: Wish): Promise<Release> {
    const deadline = performance.now() + wish.waitMs;
    const release = await this.#own.take(projectId, wish);
    const held: Held = { place: { id: newPlaceId(), projectId }, isWritten: false };
    const giveBack = () => {
      this.#held.delete(held.place.id);
      if (held.isWritten) this.#store.writes.freePlace(held.place);
      held.isWritten = false; // giving it back twice does no harm
      release();
    };
    try {
      await this.#takeOfAll(held, deadline, wish.signal);
      return giveBack;
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  /** From now on a project may have so many browsers open; who waits in line is let in as far as that goes. */
  changeLimit(projectId: string, limit: number): void {
    this.#own.changeLimit(projectId, limit);
    this.#wake(projectId);
  }

  /** Writes down what is taken. */
  async write(): Promise<void> {
    const held = [...this.#held.values()];
    for (const one of held) one.isWritten = true;
    const places = held.map(({ place }) => place);
    await this.#store.places.publish(places);
    // Those that were given back meanwhile may have been removed before they were there.
    for (const place of places) if (!this.#held.has(place.id)) this.#store.writes.freePlace(place);
  }

  stop(): void {
    this.#stopListening();
  }

  async #takeOfAll(held: Held, deadline: number, signal: AbortSignal): Promise<void> {
    const { membership, places } = this.#store;
    for (;;) {
      if (!membership.isAlone) await membership.settled(signal);
      if (membership.isAlone) {
        this.#held.set(held.place.id, held);
        return;
      }
      const freed = this.#nextFreed(held.place.projectId, deadline, signal);
      try {
        held.isWritten = true; // it may be, also when the answer is lost
        const answer = await places.take(held.place);
        if (answer.kind === 'taken') {
          this.#held.set(held.place.id, held);
          return;
        }
        held.isWritten = false;
        if (!(await freed.happened)) throw quotaExceeded(answer);
      } finally {
        freed.stop();
      }
    }
  }

  /** To be called before one looks whether there is a place. `happened` is false when the deadline is over; it rejects when the signal aborts. */
  #nextFreed(projectId: string, deadline: number, signal: AbortSignal): { happened: Promise<boolean>; stop: () => void } {
    let stop = () => {};
    const happened = new Promise<boolean>((resolve, reject) => {
      const waiting = { projectId, wake: () => resolve(true) };
      const onAbort = () => reject(signal.reason);
      const timer = setTimeout(() => resolve(false), Math.max(0, deadline - performance.now()));
      this.#waiting.add(waiting);
      if (signal.aborted) onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      stop = () => {
        clearTimeout(timer);
        this.#waiting.delete(waiting);
        signal.removeEventListener('abort', onAbort);
      };
    });
    happened.catch(() => {}); // whoever waits hears it; nobody does when there is a place at once
    return { happened, stop };
  }

  /** @param projectId null: of any, perhaps */
  #wake(projectId: string | null): void {
    for (const { projectId: own, wake } of this.#waiting) if (projectId === null || projectId === own) wake();
  }
}
