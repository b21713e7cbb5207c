import type { NetworkFailure, NetworkRequest } from '@carrel/protocol';
import type { Target } from './target.js';
/** How much of the URLs of plain HTTP is written down: nothing, all but the query, or all. */
export type LoggedUrl = 'none' | 'path' | 'full';
/** How a request ended. */
export interface Outcome {
    status: number;
    failure: NetworkFailure | null;
    bytesIn: number;
    bytesOut: number;
}
export interface Begin {
    method: string;
    /** Undefined when none could be read. */
    target: Target | undefined;
    url?: URL;
}
export interface TrafficLogOptions {
    /** How many of the last entries are kept. */
    capacity: number;
    urls: LoggedUrl;
    onEntry: (entry: NetworkRequest) => void;
}
/** What a browser asked the network for: the last entries, and the sums. */
export declare class TrafficLog {
    #private;
    constructor(options: TrafficLogOptions);
    get totals(): {
        requests: number;
        refused: number;
        open: number;
    };
    /** A request begins; call what is returned when it is over. Only the first call counts. */
    begin({ method, target, url }: Begin): (outcome: Outcome) => void;
    /** Entries with an id larger than `after`, oldest first, as far as they are kept. */
    entries({ after, limit }: {
        after: number;
        limit: number;
    }): NetworkRequest[];
    /** Why the last request to a host that failed did so, as far as entries are kept. */
    lastFailure(host: string, port: number): NetworkFailure | undefined;
}
//# sourceMappingURL=traffic-log.d.ts.map