export { type ClientEnd, type ClientEndpoint, Multiplexer, type MultiplexerClient, type MultiplexerOptions } from './multiplexer.js';
export { playwrightTransport } from './playwright-transport.js';
export { CdpError, CdpSession, type SendOptions } from './session.js';
