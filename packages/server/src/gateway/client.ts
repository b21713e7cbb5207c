import type { Duplex } from 'node:stream';
import type { Browser, ClientEnd, MultiplexerClient } from '@carrel/browser';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import { Outbox } from './outbox.js';

/** How a WebSocket is closed for each way a client can end (RFC 6455, section 7.4.1). */
const CLOSE: Readonly<Record<ClientEnd, readonly [code: number, reason: string]>> = {
  left: [1000, 'Closed'],
  browser_gone: [1001, 'The browser has ended'],
  too_slow: [1013, 'The client did not keep up with what it was sent'],
};
/** How long a client may take to answer the closing handshake. */
const CLOSE_DEADLINE_MS = 2_000;

/** Connects a WebSocket, and the socket below it, to a browser until either ends. */
export function serveClient(webSocket: WebSocket, socket: Duplex, browser: Browser, logger: Logger): void {
  let client: MultiplexerClient | undefined;
  const outbox = new Outbox(webSocket, socket, () => client?.drained());
  let isOver = false;
  const hangUp = (code: number, reason: string) => {
    isOver = true;
    outbox.flush();
    webSocket.close(code, reason);
    setTimeout(() => webSocket.terminate(), CLOSE_DEADLINE_MS).unref();
  };

  webSocket.on('error', (error) => logger.debug({ err: error }, 'a CDP client sent what is not WebSocket'));
  webSocket.on('close', () => {
    isOver = true;
    client?.leave();
  });
  webSocket.on('message', (data) => client?.receive(data.toString()));
  webSocket.pause(); // nothing is lost while its root session is made

  browser
    .attachClient({
      deliver: (message) => {
        if (!isOver) outbox.send(message);
      },
      bufferedBytes: () => outbox.bufferedBytes,
      pause: () => webSocket.pause(),
      resume: () => webSocket.resume(),
      ended: (reason) => hangUp(...CLOSE[reason]),
    })
    .then(
      (attached) => {
        client = attached;
        if (isOver) attached.leave();
        else webSocket.resume();
      },
      (error: unknown) => {
        logger.debug({ err: error }, 'a CDP client came too late');
        hangUp(...CLOSE.browser_gone);
      },
    );
}
