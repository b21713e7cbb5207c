import { CarrelError } from '@carrel/protocol';
/** How to send a command to a tab before a deadline. */
export function sessionOf(tab, deadline) {
    if (tab.sessionId === undefined) {
        throw new CarrelError('page_unresponsive', 'The tab is only just opening; try again.', { details: { tabId: tab.id } });
    }
    return { sessionId: tab.sessionId, timeoutMs: deadline.remainingOrOneMs };
}
export const NO_LAYOUT = { viewport: { width: 0, height: 0 }, scroll: { x: 0, y: 0, width: 0, height: 0 } };
/** Size of the viewport and where it is on the page, without running anything in the page. */
export async function readLayout(session, tab, deadline) {
    const { cssVisualViewport, cssContentSize } = await session.send('Page.getLayoutMetrics', undefined, sessionOf(tab, deadline));
    return {
        viewport: { width: cssVisualViewport.clientWidth, height: cssVisualViewport.clientHeight },
        scroll: { x: cssVisualViewport.pageX, y: cssVisualViewport.pageY, width: cssContentSize.width, height: cssContentSize.height },
    };
}
//# sourceMappingURL=layout.js.map