import { setTimeout as delay } from 'node:timers/promises';
import type { CdpSession } from '../cdp/index.js';
import { KEEP_SECRET, KEEP_SECRETS, LOOK_BINDING } from '../page/index.js';

const WORLD = 'carrel-mask';
/** A CSS selector, which Chromium also looks for in closed shadow trees. */
const PASSWORDS = 'input[type="password" i]';
/** However often a page has them looked for, they are not looked for again before that. */
const LOOK_AGAIN_MS = 100;
/** When a document that has loaded is looked through again: for what it renders late, and fields that were for text just then. */
const LATER_LOOKS_MS = [500, 2_000, 5_000];

/**
 * Has fields that have been for passwords show dots in pages, and in their frames of other processes, whatever the pages make of them, from
 * when the session of a page is given to what is returned until that session ends. Nothing waits for it: Chromium does in order what it is told.
 */
export function maskSecrets(session: CdpSession): (sessionId: string) => void {
  const closed = new ClosedTrees(session);
  const mask = (sessionId: string) => {
    const script = { source: KEEP_SECRETS, worldName: WORLD, runImmediately: true };
    const children = { autoAttach: true, waitForDebuggerOnStart: false, flatten: true };
    const asked = [
      session.send('Page.enable', undefined, { sessionId }),
      session.send('Page.addScriptToEvaluateOnNewDocument', script, { sessionId }),
      session.send('Target.setAutoAttach', children, { sessionId }),
      closed.attend(sessionId),
    ];
    for (const answer of asked) answer.catch(gone);
  };
  session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
    if (targetInfo.type === 'iframe') mask(sessionId);
  });
  return mask;
}

/**
 * Keeps the secrets of the fields in closed shadow trees, which no script can look into: Chromium is asked for them when a document has come,
 * when it has loaded and some times after that, and whenever something is done in a tree that the script of the masks cannot see. A field
 * that a page has made, and made one for text, before it was asked for is not found: nobody has typed into it by then.
 */
class ClosedTrees {
  readonly #session: CdpSession;
  /** JavaScript contexts from which is to be looked, by session. */
  readonly #wanted = new Map<string, Set<number>>();

  constructor(session: CdpSession) {
    this.#session = session;
    const onDocument = (frameId: string, sessionId: string | undefined) => {
      if (sessionId !== undefined) this.#lookFrom(sessionId, frameId).catch(gone);
    };
    session.on('Page.frameNavigated', ({ frame }, sessionId) => onDocument(frame.id, sessionId));
    session.on('Page.frameStoppedLoading', ({ frameId }, sessionId) => {
      onDocument(frameId, sessionId);
      if (sessionId !== undefined) this.#lookLater(sessionId, frameId).catch(gone);
    });
    session.on('Runtime.bindingCalled', ({ name, executionContextId }, sessionId) => {
      if (name === LOOK_BINDING && sessionId !== undefined) this.#want(sessionId, executionContextId);
    });
  }

  /** Looks at the documents that are there already; of those to come there are events. */
  async attend(sessionId: string): Promise<void> {
    const { frameTree } = await this.#session.send('Page.getFrameTree', undefined, { sessionId });
    const frames = [frameTree];
    for (const { frame, childFrames = [] } of frames) {
      frames.push(...childFrames);
      await this.#lookFrom(sessionId, frame.id);
      this.#lookLater(sessionId, frame.id).catch(gone);
    }
  }

  async #lookLater(sessionId: string, frameId: string): Promise<void> {
    let waitedMs = 0;
    for (const ms of LATER_LOOKS_MS) {
      await delay(ms - waitedMs, undefined, { ref: false });
      waitedMs = ms;
      await this.#lookFrom(sessionId, frameId);
    }
  }

  async #lookFrom(sessionId: string, frameId: string): Promise<void> {
    const to = { sessionId };
    // The one that the script runs in, if it was there before.
    const { executionContextId } = await this.#session.send('Page.createIsolatedWorld', { frameId, worldName: WORLD }, to);
    // By a name of worlds, later ones would have it only where `Runtime` is enabled, which pages can notice.
    await this.#session.send('Runtime.addBinding', { name: LOOK_BINDING, executionContextId }, to);
    this.#want(sessionId, executionContextId);
  }

  #want(sessionId: string, executionContextId: number): void {
    const contexts = this.#wanted.get(sessionId);
    if (contexts !== undefined) contexts.add(executionContextId);
    else {
      this.#wanted.set(sessionId, new Set([executionContextId]));
      this.#lookForAll(sessionId).catch(gone);
    }
  }

  /** Looks in one document after the other, for as long as any of them wants it. */
  async #lookForAll(sessionId: string): Promise<void> {
    try {
      for (let contexts = this.#wanted.get(sessionId); contexts?.size; contexts = this.#wanted.get(sessionId)) {
        this.#wanted.set(sessionId, new Set());
        for (const context of contexts) await this.#look(sessionId, context);
        await delay(LOOK_AGAIN_MS, undefined, { ref: false });
      }
    } finally {
      this.#wanted.delete(sessionId);
    }
  }

  async #look(sessionId: string, executionContextId: number): Promise<void> {
    const to = { sessionId };
    const send = this.#session.send.bind(this.#session);
    await send('DOM.getDocument', { depth: 0 }, to);
    const { searchId, resultCount } = await send('DOM.performSearch', { query: PASSWORDS }, to);
    if (resultCount > 0) {
      const { nodeIds } = await send('DOM.getSearchResults', { searchId, fromIndex: 0, toIndex: resultCount }, to);
      const kept = nodeIds.map(async (nodeId) => {
        const { object } = await send('DOM.resolveNode', { nodeId, executionContextId }, to);
        await send('Runtime.callFunctionOn', { objectId: object.objectId, functionDeclaration: KEEP_SECRET }, to);
      });
      // Those of other frames are kept from there.
      await Promise.allSettled(kept);
    }
    // Asking for the document has its changes told.
    await send('DOM.disable', undefined, to);
  }
}

/** The page has gone, and there is nothing to show of it. */
const gone = () => {};
