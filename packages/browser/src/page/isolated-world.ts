import { CarrelError } from '@carrel/protocol';
import type { Protocol } from 'devtools-protocol';
import { CdpError, type CdpSession } from '../cdp/index.js';
import type { Deadline } from './deadline.js';
import { sessionOf } from './layout.js';
import type { TabState } from './tab.js';

const WORLD = 'carrel';

/** What goes to the page and comes back: plain data. */
type Plain = string | number | boolean | null | undefined | readonly Plain[] | { readonly [key: string]: Plain };

/**
 * Runs a function in the main frame of a tab, in a JavaScript world of its own: it sees the page's elements, but the page can neither see
 * nor change what it is made of (a page that replaces `JSON` or `Array.prototype` changes only its own). The function is sent as text: it
 * can use nothing from outside of itself but `arg`.
 */
export async function runIsolated<A extends Plain, R>(
  session: CdpSession,
  tab: TabState,
  deadline: Deadline,
  run: (arg: A) => R,
  arg: A,
): Promise<Awaited<R>> {
  const call = { functionDeclaration: run.toString(), arguments: [{ value: arg }], returnByValue: true, awaitPromise: true };
  const { result, exceptionDetails } = await callInWorld(session, tab, deadline, call);
  if (exceptionDetails !== undefined) {
    const what = exceptionDetails.exception?.description ?? exceptionDetails.text;
    throw new CarrelError('internal', `Reading the page failed: ${what.split('\n')[0]}`, { details: { tabId: tab.id } });
  }
  return result.value as Awaited<R>;
}

type Call = Omit<Protocol.Runtime.CallFunctionOnRequest, 'executionContextId' | 'objectId'>;

/** The global object of the world that a tab's document has, by a name that no other document's has. */
const worlds = new WeakMap<TabState, { commits: number; objectId: string }>();

/** In the world of the document that is there: the one that was used before, or a new one. */
async function callInWorld(session: CdpSession, tab: TabState, deadline: Deadline, call: Call) {
  const options = sessionOf(tab, deadline);
  const { commits } = tab;
  const known = worlds.get(tab);
  if (known?.commits === commits) {
    try {
      return await session.send('Runtime.callFunctionOn', { ...call, objectId: known.objectId }, options);
    } catch (error) {
      if (!(error instanceof CdpError && /Could not find object|Cannot find context/.test(error.message))) throw error;
      worlds.delete(tab); // the document has gone before it was said
    }
  }
  const world = { frameId: tab.mainFrameId, worldName: WORLD };
  const { executionContextId } = await session.send('Page.createIsolatedWorld', world, options);
  const globalObject = { functionDeclaration: 'function () { return this; }', executionContextId };
  session.send('Runtime.callFunctionOn', globalObject, options).then(
    ({ result: { objectId } }) => {
      if (objectId !== undefined && tab.commits === commits) worlds.set(tab, { commits, objectId });
    },
    () => {
      // The document has gone: the next one has a world of its own.
    },
  );
  return await session.send('Runtime.callFunctionOn', { ...call, executionContextId }, options);
}
