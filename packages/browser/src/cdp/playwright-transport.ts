import type { ConnectOverCDPTransport } from 'playwright-core';
import type { MultiplexerClient } from './client.js';
import { parseMessage } from './frames.js';
import type { Multiplexer } from './multiplexer.js';

/** A transport for Playwright's `connectOverCDP`: one more client of the multiplexer, in this process. */
export function playwrightTransport(multiplexer: Pick<Multiplexer, 'attach'>): ConnectOverCDPTransport {
  let client: MultiplexerClient | undefined;
  let isClosed = false;
  let early: object[] = [];

  const close = (reason: string) => {
    if (isClosed) return;
    isClosed = true;
    transport.onclose?.(reason);
  };
  const attach = async () => {
    client = await multiplexer.attach({
      deliver: (message) => transport.onmessage?.(parseMessage(message) as object),
      ended: (reason) => close(reason),
      bufferedBytes: () => 0,
      // Playwright's commands are few and small next to what the pipe holds; there is nobody to tell to wait.
      pause: () => {},
      resume: () => {},
    });
    if (isClosed) client.leave();
    for (const message of early) client.receive(JSON.stringify(message));
    early = [];
  };

  const transport: ConnectOverCDPTransport = {
    // Playwright calls `open` of a transport only for some browsers, so that the first message opens this one.
    send: (message) => {
      if (client !== undefined) client.receive(JSON.stringify(message));
      else if (early.push(message) === 1) attach().catch((error: unknown) => close(error instanceof Error ? error.message : String(error)));
    },
    close: () => {
      client?.leave();
      close('closed');
    },
  };
  return transport;
}
