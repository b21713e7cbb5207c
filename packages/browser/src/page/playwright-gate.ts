import type { ConnectOverCDPTransport } from 'playwright-core';

interface CdpMessage {
  id?: number;
  method?: string;
  sessionId?: string;
  params?: { sessionId?: string; targetInfo?: { targetId: string; type: string }; waitingForDebugger?: boolean };
}

/**
 * Stands between Playwright and the browser, for three things that Playwright cannot be told otherwise:
 *
 * - It takes each message for a task of its own, as its own transports hand them in: what it does on an answer has to happen before the
 *   next message. (Handed in together, it lost the script worlds of every other window that a page had opened, which then never answered.)
 * - On connecting it waits for every page to answer, so that one page that hangs or shows a dialog would keep it from all others. A page
 *   that existed before is therefore shown to it only once it answers (`whenResponsive`).
 * - It answers dialogs itself as long as nobody listens, which at the start is the case. Dialogs are answered by the agent or by the
 *   client that opened the page, never by us on our own: the command is not passed on.
 *
 * @param shown gets the ids of all targets that Playwright hears of, before it does
 */
export function gatedTransport(
  inner: ConnectOverCDPTransport,
  whenResponsive: (targetId: string) => Promise<void>,
  shown: Set<string>,
): ConnectOverCDPTransport {
  /** What is held back, by the id of the session that Playwright does not know yet. */
  const held = new Map<string, object[]>();
  const inbox: object[] = [];
  const deliver = (message: object) => {
    inbox.push(message);
    if (inbox.length === 1) setImmediate(deliverFirst);
  };
  const deliverFirst = () => {
    const first = inbox.shift();
    if (inbox.length > 0) setImmediate(deliverFirst);
    if (first !== undefined) outer.onmessage?.(first);
  };
  const outer: ConnectOverCDPTransport = {
    send: (message) => {
      const { id, method, sessionId } = message as CdpMessage;
      if (method !== 'Page.handleJavaScriptDialog') return inner.send(message);
      deliver({ id, result: {}, ...(sessionId === undefined ? {} : { sessionId }) });
    },
    close: () => inner.close(),
  };
  const release = (sessionId: string) => {
    const messages = held.get(sessionId) ?? [];
    held.delete(sessionId);
    for (const message of messages) deliver(message);
  };
  inner.onclose = (reason) => outer.onclose?.(reason);
  inner.onmessage = (message) => {
    const { method, sessionId, params } = message as CdpMessage;
    const queue = held.get(sessionId ?? params?.sessionId ?? '');
    if (queue !== undefined) {
      if (method === 'Target.detachedFromTarget' && sessionId === undefined) held.delete(params?.sessionId ?? '');
      else queue.push(message);
      return;
    }
    const target = params?.targetInfo;
    if (method === 'Target.attachedToTarget' && target !== undefined) shown.add(target.targetId);
    const isExistingPage = method === 'Target.attachedToTarget' && target?.type === 'page' && params?.waitingForDebugger !== true;
    if (!isExistingPage || target === undefined || params?.sessionId === undefined) return deliver(message);
    const newSessionId = params.sessionId;
    held.set(newSessionId, [message]);
    whenResponsive(target.targetId).then(
      () => release(newSessionId),
      () => {
        // It closed or crashed without ever answering: Playwright need not hear of it.
      },
    );
  };
  return outer;
}
