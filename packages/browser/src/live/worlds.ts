import { CdpError, type CdpSession } from '../cdp/index.js';

const WORLD = 'carrel-live';

/** A frame, and the session of the process that it is in. */
export interface FrameRef {
  sessionId: string;
  frameId: string;
}

/** A JavaScript world of ours in a document; gone with it. */
interface World extends FrameRef {
  contextId: number;
}

type Plain = string | number | boolean | readonly string[];

/**
 * Runs functions in frames, in a JavaScript world of our own: it sees the page's elements, but the page can neither see nor change what it is
 * made of. Frames of other sites have sessions of their own, which are attached when first needed.
 */
export class Worlds {
  readonly #session: CdpSession;
  readonly #worlds = new Map<string, World>();
  readonly #sessions = new Map<string, string>();

  constructor(session: CdpSession) {
    this.#session = session;
    session.on('Target.detachedFromTarget', ({ sessionId }) => {
      for (const [frameId, of] of this.#sessions) if (of === sessionId) this.#sessions.delete(frameId);
    });
  }

  /** Forgets all of a tab that is not shown any more. */
  clear(): void {
    this.#worlds.clear();
    this.#sessions.clear();
  }

  /** @throws {CarrelError} `page_unresponsive`; {@link CdpError} when the frame has gone */
  async run<A extends readonly Plain[], R>(frame: FrameRef, run: (...args: A) => R, args: A, timeoutMs: number): Promise<Awaited<R>> {
    const { result } = await this.#call(frame, run, args, { timeoutMs, returnByValue: true });
    return result.value as Awaited<R>;
  }

  /** The frame whose element a function gives. */
  async frameOf(frame: FrameRef, run: () => unknown, timeoutMs: number): Promise<FrameRef | undefined> {
    const { result } = await this.#call(frame, run, [], { timeoutMs, returnByValue: false });
    if (result.objectId === undefined) return undefined;
    const { sessionId } = frame;
    const { node } = await this.#session.send('DOM.describeNode', { objectId: result.objectId }, { sessionId, timeoutMs });
    if (node.frameId === undefined) return undefined;
    return { frameId: node.frameId, sessionId: await this.#sessionOf(node.frameId, sessionId, timeoutMs) };
  }

  async #sessionOf(frameId: string, parentSessionId: string, timeoutMs: number): Promise<string> {
    const known = this.#sessions.get(frameId);
    if (known !== undefined) return known;
    try {
      await this.#world({ frameId, sessionId: parentSessionId }, timeoutMs);
      return parentSessionId;
    } catch (error) {
      if (!(error instanceof CdpError)) throw error;
      // It is in a process of its own, and a target with the id of the frame.
      const { sessionId } = await this.#session.send('Target.attachToTarget', { targetId: frameId, flatten: true }, { timeoutMs });
      this.#sessions.set(frameId, sessionId);
      return sessionId;
    }
  }

  async #world(frame: FrameRef, timeoutMs: number): Promise<World> {
    const key = `${frame.sessionId} ${frame.frameId}`;
    const known = this.#worlds.get(key);
    if (known !== undefined) return known;
    const options = { sessionId: frame.sessionId, timeoutMs };
    const { executionContextId } = await this.#session.send(
      'Page.createIsolatedWorld',
      { frameId: frame.frameId, worldName: WORLD },
      options,
    );
    const world = { ...frame, contextId: executionContextId };
    this.#worlds.set(key, world);
    return world;
  }

  async #call(
    frame: FrameRef,
    run: (...args: never) => unknown,
    args: readonly Plain[],
    how: { timeoutMs: number; returnByValue: boolean },
  ) {
    const { timeoutMs, returnByValue } = how;
    const call = async () => {
      const { contextId } = await this.#world(frame, timeoutMs);
      const params = {
        functionDeclaration: run.toString(),
        executionContextId: contextId,
        arguments: args.map((value) => ({ value })),
        returnByValue,
        userGesture: true,
      };
      return await this.#session.send('Runtime.callFunctionOn', params, { sessionId: frame.sessionId, timeoutMs });
    };
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof CdpError && /Cannot find context/.test(error.message))) throw error;
      this.#worlds.delete(`${frame.sessionId} ${frame.frameId}`); // another document is there by now
      return await call();
    }
  }
}
