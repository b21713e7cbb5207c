import { NAVIGABLE, NETWORK_FAILURES, navigableUrl } from '@carrel/protocol';
import { failureInAnswer } from '../../egress/index.js';
import { firstLine, isTimeout } from '../attend.js';
import { loggableUrl } from '../events.js';
import { sessionOf } from '../layout.js';
import { ActionFailed, waiting } from './action-context.js';
/** Network errors that people meet (net/base/net_error_list.h of Chromium), in their words. */
const REASONS = {
    ERR_NAME_NOT_RESOLVED: 'there is no host of this name',
    ERR_CONNECTION_REFUSED: 'the host refused the connection',
    ERR_CONNECTION_RESET: 'the host cut the connection off',
    ERR_CONNECTION_CLOSED: 'the host closed the connection',
    ERR_CONNECTION_TIMED_OUT: 'the host did not answer',
    ERR_TIMED_OUT: 'the host did not answer in time',
    ERR_ADDRESS_UNREACHABLE: 'the host cannot be reached',
    ERR_INTERNET_DISCONNECTED: 'there is no connection to the network',
    ERR_EMPTY_RESPONSE: 'the host answered with nothing',
    ERR_INVALID_RESPONSE: 'the answer of the host cannot be understood',
    ERR_TOO_MANY_REDIRECTS: 'the page redirects in a circle',
    ERR_CERT_AUTHORITY_INVALID: 'the certificate of the host is not signed by anyone known',
    ERR_CERT_COMMON_NAME_INVALID: 'the certificate is of another host',
    ERR_CERT_DATE_INVALID: 'the certificate of the host has expired',
    ERR_SSL_PROTOCOL_ERROR: 'the host does not speak HTTPS there',
    ERR_PROXY_CONNECTION_FAILED: 'the proxy cannot be reached',
    ERR_TUNNEL_CONNECTION_FAILED: 'the proxy refused the connection',
    ERR_BLOCKED_BY_CLIENT: 'it is blocked',
    ERR_BLOCKED_BY_ADMINISTRATOR: 'it is blocked',
    ERR_UNSAFE_PORT: 'browsers do not open this port',
    ERR_INVALID_URL: 'the URL is not valid',
    ERR_ABORTED: 'it was broken off: the host sent nothing to show, or another navigation began',
};
/** Between the end of a navigation that turned out to be a download, and its beginning. */
const BEGIN_MS = 1_000;
/** Runs a navigation of Playwright's and says in a caller's words why it failed. */
async function navigate(context, what, run) {
    const mark = context.downloads.mark();
    let response;
    try {
        response = await run();
    }
    catch (error) {
        return orElse(context, what, mark, error);
    }
    if (response === null)
        return { message: what };
    const failure = failureInAnswer(response.url(), await response.allHeaders());
    if (failure !== undefined)
        throw unreached(failure);
    const status = response.status();
    return { message: status >= 400 ? `${what} (HTTP ${status})` : what };
}
/** A navigation that Playwright takes for failed: it may have become something else. */
async function orElse(context, what, mark, error) {
    const { tab, downloads, deadline } = context;
    const text = error instanceof Error ? error.message : String(error);
    const hasBegun = () => downloads.since(mark).length > 0;
    if (/Download is starting/.test(text))
        await downloads.watch.until(hasBegun, { timeoutMs: Math.min(BEGIN_MS, deadline.remainingMs) });
    if (hasBegun()) {
        return { message: `${what.replace(/^Opened /, '')} is a file to download; the tab stays where it was` };
    }
    if (/interrupted by another navigation/.test(text))
        return { message: `${what}, which led on elsewhere` };
    if (isTimeout(error)) {
        const where = tab.isNavigating ? 'the host has not answered yet' : 'it is still loading; observe it, or wait';
        throw new ActionFailed('timeout', `The navigation was not done within ${deadline.timeoutMs} ms: ${where}.`, error);
    }
    throw networkFailed(context, text, error);
}
/** `text` is like `page.goto: net::ERR_ABORTED at http://…`. */
function networkFailed({ lastFailure }, text, cause) {
    const [, code, url = ''] = /net::(ERR_\w+)(?: at (\S+))?/.exec(text) ?? [];
    if (code === undefined)
        return cause;
    const failure = code === 'ERR_TUNNEL_CONNECTION_FAILED' && URL.canParse(url) ? lastFailure(new URL(url)) : undefined;
    if (failure !== undefined)
        return unreached(failure, cause);
    return new ActionFailed('navigation_failed', `The page could not be loaded: ${REASONS[code] ?? 'the network failed'} (${code}).`, cause);
}
/** What a navigation says that ended at the browser's proxy. */
function unreached(failure, cause) {
    const { status, summary } = NETWORK_FAILURES[failure];
    return new ActionFailed(status === 403 ? 'blocked_url' : 'navigation_failed', `The page could not be loaded: ${summary}`, cause);
}
/** @throws {ActionFailed} `blocked_url` */
function checkUrl(url) {
    if (navigableUrl.safeParse(url).success)
        return;
    throw new ActionFailed('blocked_url', `Only ${NAVIGABLE} may be opened.`);
}
async function open(context, { url, waitUntil }) {
    checkUrl(url);
    const page = await context.page();
    return navigate(context, `Opened ${loggableUrl(url)}`, () => page.goto(url, { waitUntil, ...waiting(context) }));
}
export const goto = (action, context) => open(context, action);
export const reload = async ({ waitUntil }, context) => {
    const page = await context.page();
    return navigate(context, 'Reloaded the page', () => page.reload({ waitUntil, ...waiting(context) }));
};
async function hasHistory({ session, tab, deadline }, step) {
    const { currentIndex, entries } = await session.send('Page.getNavigationHistory', undefined, sessionOf(tab, deadline));
    return entries[currentIndex + step] !== undefined;
}
export const back = async ({ waitUntil }, context) => {
    if (!(await hasHistory(context, -1)))
        throw new ActionFailed('no_history', 'There is no page to go back to.');
    const page = await context.page();
    return navigate(context, 'Went back', () => page.goBack({ waitUntil, ...waiting(context) }));
};
export const forward = async ({ waitUntil }, context) => {
    if (!(await hasHistory(context, 1)))
        throw new ActionFailed('no_history', 'There is no page to go forward to.');
    const page = await context.page();
    return navigate(context, 'Went forward', () => page.goForward({ waitUntil, ...waiting(context) }));
};
/** The tab is open and active already; what is left is to go somewhere. */
export const newTab = async ({ url, waitUntil }, context) => {
    if (url === undefined)
        return { message: 'Opened a blank tab, which is the active one now' };
    const { message } = await open(context, { url, waitUntil });
    return { message: `${message} in a new tab, which is the active one now` };
};
export const switchTab = async (_, { tabs, session, tab, deadline }) => {
    tabs.activate(tab);
    // To the front as well: what is watched is what is worked on.
    await session.send('Target.activateTarget', { targetId: tab.id }, { timeoutMs: deadline.remainingOrOneMs });
    return { message: `The active tab is now ${loggableUrl(tab.url)}` };
};
export const closeTab = async (_, { tabs, tab, deadline }) => {
    await tabs.close(tab, deadline);
    return { message: 'Closed the tab' };
};
/** What a navigation that failed for another reason says. */
export const navigationFailed = (error) => new ActionFailed('navigation_failed', `The page could not be loaded: ${firstLine(error).replace(/^page\.\w+: /, '')}`, error);
//# sourceMappingURL=navigation.js.map