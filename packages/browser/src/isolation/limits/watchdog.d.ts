import type { IsolationIncident } from '../isolation.js';
import type { ResourceLimits } from '../options.js';
import { type Meter } from './meter.js';
export interface Watched {
    meter: Meter;
    limits: Pick<ResourceLimits, 'memoryBytes' | 'tasks'>;
    onIncident: (incident: IsolationIncident) => void;
}
/**
 * Steps in when a browser comes near a limit, where the kernel would leave it half dead. Near that of memory, the renderer that uses most is
 * ended: a tab crashes, which its clients hear of, and the browser lives. One timer looks after all browsers, rarely while none is near.
 */
export declare class Watchdog {
    #private;
    /** Watches a browser until what is returned is called. */
    watch(watched: Watched): () => void;
}
//# sourceMappingURL=watchdog.d.ts.map