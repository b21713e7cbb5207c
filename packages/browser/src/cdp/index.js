export { Multiplexer } from './multiplexer.js';
export { playwrightTransport } from './playwright-transport.js';
export { CdpError, CdpSession } from './session.js';
//# sourceMappingURL=index.js.map