import type { NetworkExit } from '@carrel/protocol';
import type { DirectExit, Exit } from './exits.js';
import { EgressFailure } from './failure.js';
import type { Target } from './target.js';
export interface RouteOptions {
    direct: DirectExit;
    /** In the order in which they are to be tried; none: the browser leaves directly. */
    upstreams: readonly Exit[];
    /** The browser leaves by another one from now on, because of what happened to the one before. */
    onChange: (exit: NetworkExit, failure: EgressFailure) => void;
}
/**
 * Which exit a browser leaves by: the same one for its life, until it fails; then the next, and never the direct one unless that is what it
 * was opened with.
 */
export declare class Route {
    #private;
    constructor(options: RouteOptions);
    get info(): NetworkExit;
    /**
     * Uses an exit, and the next one when it fails as an exit.
     * @throws {EgressFailure} `exit_failed` when all have failed, and what `use` throws
     */
    through<T>(target: Target, use: (exit: Exit) => Promise<T>): Promise<T>;
}
//# sourceMappingURL=route.d.ts.map