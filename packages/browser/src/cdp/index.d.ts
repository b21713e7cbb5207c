export { type ClientEnd, type ClientEndpoint, Multiplexer, type MultiplexerClient } from './multiplexer.js';
export { playwrightTransport } from './playwright-transport.js';
export { CdpError, CdpSession, type SendOptions } from './session.js';
//# sourceMappingURL=index.d.ts.map