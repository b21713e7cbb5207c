import { sessionOf } from './layout.js';
const WORLD = 'carrel';
const FIRST_DOCUMENT_MS = 60_000;
/**
 * Sends a tab on its way, without waiting for the page.
 * @returns whether it came there, once that is known
 */
export async function setOut(session, tab, { url, script }, deadline) {
    const { sessionId = '' } = tab;
    const ignoreClosed = () => {
        // The tab has closed, or the browser is ending.
    };
    if (script !== undefined) {
        const params = { source: script, worldName: WORLD };
        const { identifier } = await session.send('Page.addScriptToEvaluateOnNewDocument', params, sessionOf(tab, deadline));
        const { commits } = tab;
        const hasDocument = () => tab.isClosed || (tab.commits > commits && tab.isContentLoaded);
        void tab.watch
            .until(hasDocument, { timeoutMs: FIRST_DOCUMENT_MS })
            .then(() => session.send('Page.removeScriptToEvaluateOnNewDocument', { identifier }, { sessionId }))
            .catch(ignoreClosed);
    }
    const navigating = session.send('Page.navigate', { url }, { sessionId, timeoutMs: FIRST_DOCUMENT_MS });
    const arrived = navigating.then(({ errorText }) => errorText === undefined, () => false);
    return { arrived };
}
//# sourceMappingURL=set-out.js.map