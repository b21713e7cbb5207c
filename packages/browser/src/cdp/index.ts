export type { ClientEnd, ClientEndpoint, MultiplexerClient } from './client.js';
export { type Message, parseMessage } from './frames.js';
export { Multiplexer } from './multiplexer.js';
export { playwrightTransport } from './playwright-transport.js';
export { CdpError, CdpSession, type SendOptions } from './session.js';
