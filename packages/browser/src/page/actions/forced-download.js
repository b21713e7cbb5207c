import { NETWORK_FAILURES } from '@carrel/protocol';
import { failureInAnswer } from '../../egress/index.js';
import { sessionOf } from '../layout.js';
const isNamed = (name) => (header) => header.name.toLowerCase() === name;
/** The answer's headers, with which any content is one to keep and none to show. A name that the host gave stays. */
function asAttachment(headers) {
    const given = headers.find(isNamed('content-disposition'))?.value ?? '';
    const others = headers.filter((header) => !isNamed('content-disposition')(header));
    return [...others, { name: 'Content-Disposition', value: given.includes(';') ? given.replace(/^[^;]*/, 'attachment') : 'attachment' }];
}
function refusalOf({ request, responseErrorReason, responseHeaders, responseStatusCode: status = 0 }) {
    if (responseErrorReason !== undefined)
        return `the network failed (${responseErrorReason})`;
    const failure = failureInAnswer(request.url, Object.fromEntries((responseHeaders ?? []).map(({ name, value }) => [name.toLowerCase(), value])));
    if (failure !== undefined)
        return NETWORK_FAILURES[failure].summary.toLowerCase().replace(/\.$/, '');
    if (status >= 400)
        return `the host answered with HTTP ${status}`;
    return status === 204 || status === 205 ? 'the host sent nothing' : undefined;
}
/**
 * Sends the tab to a URL and has whatever comes back be a download, so that the page stays. It is fetched as the page's own links are, with
 * cookies and through the browser's connection, and Chromium writes it to disk without holding it in memory, however large it is.
 */
export async function forceDownload(context, url) {
    const { session, tab, deadline } = context;
    const options = sessionOf(tab, deadline);
    let refusal;
    const proceed = async (event) => {
        const { requestId, responseStatusCode, responseHeaders = [], frameId } = event;
        const isRedirect = responseStatusCode !== undefined &&
            responseStatusCode >= 300 &&
            responseStatusCode < 400 &&
            responseHeaders.some(isNamed('location'));
        if (frameId !== tab.mainFrameId || isRedirect)
            return session.send('Fetch.continueRequest', { requestId }, options);
        refusal = refusalOf(event);
        // Aborted, a navigation leaves the page as it is; any other failure would show an error page in its place.
        if (refusal !== undefined)
            return session.send('Fetch.failRequest', { requestId, errorReason: 'Aborted' }, options);
        const headers = { responseCode: responseStatusCode ?? 200, responseHeaders: asAttachment(responseHeaders) };
        return session.send('Fetch.continueResponse', { requestId, ...headers }, options);
    };
    const unsubscribe = session.on('Fetch.requestPaused', (event, sessionId) => {
        if (sessionId !== tab.sessionId)
            return;
        proceed(event).catch((error) => {
            refusal ??= error instanceof Error ? error.message : String(error);
        });
    });
    try {
        await session.send('Fetch.enable', { patterns: [{ resourceType: 'Document', requestStage: 'Response' }] }, options);
        const { errorText, isDownload } = await session.send('Page.navigate', { url, referrer: tab.url }, options);
        if (isDownload === true)
            return undefined;
        return refusal ?? errorText ?? 'it was shown as a page';
    }
    finally {
        unsubscribe();
        session.send('Fetch.disable', undefined, { sessionId: tab.sessionId ?? '' }).catch(() => {
            // The tab has gone, and what it intercepted with it.
        });
    }
}
//# sourceMappingURL=forced-download.js.map