import { EgressFailure } from './failure.js';
/**
 * Which exit a browser leaves by: the same one for its life, until it fails; then the next, and never the direct one unless that is what it
 * was opened with.
 */
export class Route {
    #options;
    #current;
    constructor(options) {
        this.#options = options;
        this.#current = options.upstreams.find((exit) => !exit.isResting) ?? options.upstreams[0] ?? options.direct;
    }
    get info() {
        return this.#current.info;
    }
    /**
     * Uses an exit, and the next one when it fails as an exit.
     * @throws {EgressFailure} `exit_failed` when all have failed, and what `use` throws
     */
    async through(target, use) {
        const { direct, onChange } = this.#options;
        let failure;
        for (const exit of this.#inOrder()) {
            try {
                const result = await use(exit.isBypassed(target) ? direct : exit);
                if (failure !== undefined && this.#current !== exit) {
                    this.#current = exit;
                    onChange(exit.info, failure);
                }
                return result;
            }
            catch (error) {
                if (!(error instanceof EgressFailure) || error.code !== 'exit_failed')
                    throw error;
                failure = error;
            }
        }
        throw failure ?? new EgressFailure('exit_failed', 'This browser has no way out.');
    }
    /** The one in use, then the others, and those last that failed a moment ago. */
    #inOrder() {
        const others = this.#options.upstreams.filter((exit) => exit !== this.#current);
        return [this.#current, ...others.sort((a, b) => Number(a.isResting) - Number(b.isResting))];
    }
}
//# sourceMappingURL=route.js.map