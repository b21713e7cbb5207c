import type { ConnectOverCDPTransport } from 'playwright-core';
import type { Multiplexer } from './multiplexer.js';
/** A transport for Playwright's `connectOverCDP`: one more client of the multiplexer, in this process. */
export declare function playwrightTransport(multiplexer: Pick<Multiplexer, 'attach'>): ConnectOverCDPTransport;
//# sourceMappingURL=playwright-transport.d.ts.map