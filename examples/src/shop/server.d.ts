import { type Server } from 'node:http';
/** The shop's HTTP server, not listening yet; it keeps its visits in memory. */
export declare function createShopServer(): Server;
//# sourceMappingURL=server.d.ts.map