import { CarrelError } from '@carrel/protocol';
import { sessionOf } from './layout.js';
const WORLD = 'carrel';
/**
 * Runs a function in the main frame of a tab, in a JavaScript world of its own: it sees the page's elements, but the page can neither see
 * nor change what it is made of (a page that replaces `JSON` or `Array.prototype` changes only its own). The function is sent as text: it
 * can use nothing from outside of itself but `arg`.
 */
export async function runIsolated(session, tab, deadline, run, arg) {
    const { executionContextId } = await session.send('Page.createIsolatedWorld', { frameId: tab.mainFrameId, worldName: WORLD }, sessionOf(tab, deadline));
    const { result, exceptionDetails } = await session.send('Runtime.callFunctionOn', { functionDeclaration: run.toString(), arguments: [{ value: arg }], executionContextId, returnByValue: true, awaitPromise: true }, sessionOf(tab, deadline));
    if (exceptionDetails !== undefined) {
        const what = exceptionDetails.exception?.description ?? exceptionDetails.text;
        throw new CarrelError('internal', `Reading the page failed: ${what.split('\n')[0]}`, { details: { tabId: tab.id } });
    }
    return result.value;
}
//# sourceMappingURL=isolated-world.js.map