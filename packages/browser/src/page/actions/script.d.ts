import { type Handler } from './action-context.js';
/**
 * Runs a script in the page's own world, as its console would: `await` at the top works, an object or function is taken as a value.
 * A script that never ends is stopped when the time is over.
 */
export declare const evaluate: Handler<'evaluate'>;
//# sourceMappingURL=script.d.ts.map