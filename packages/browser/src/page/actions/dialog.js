import { CdpError } from '../../cdp/index.js';
import { sessionOf } from '../layout.js';
import { ActionFailed } from './action-context.js';
const LEAVE_MS = 1_000;
/** Answers the dialog of a tab, and waits until it is gone or the next one has taken its place. */
export const dialog = async ({ accept, promptText }, { session, tab, tabs, deadline, signal }) => {
    const { dialog: open, commits } = tab;
    if (open === undefined) {
        const other = tabs.all().find((one) => one.dialog !== undefined);
        const hint = other === undefined ? '' : ` One is open in the tab ${other.id}: name it as tabId.`;
        throw new ActionFailed('no_dialog', `No dialog is open in this tab.${hint}`);
    }
    if (promptText !== undefined && (open.type !== 'prompt' || !accept)) {
        throw new ActionFailed('not_actionable', `promptText is for accepting a prompt; this is ${open.type === 'alert' ? 'an' : 'a'} ${open.type}. Answer without it.`);
    }
    const text = open.type === 'prompt' ? (promptText ?? open.defaultValue ?? '') : undefined;
    await session
        .send('Page.handleJavaScriptDialog', { accept, ...(text === undefined ? {} : { promptText: text }) }, sessionOf(tab, deadline))
        .catch((error) => {
        if (!(error instanceof CdpError) || !/No dialog/.test(error.message))
            throw error;
        throw new ActionFailed('no_dialog', 'The dialog has been answered by somebody else meanwhile.', error);
    });
    await tab.watch.until(() => tab.dialog !== open, { timeoutMs: deadline.remainingMs, signal });
    if (open.type === 'beforeunload' && accept) {
        // Now the page may be left, which begins a moment later.
        const isLeaving = () => tab.isNavigating || tab.commits !== commits || tab.obstacle !== undefined;
        await tab.watch.until(isLeaving, { timeoutMs: Math.min(LEAVE_MS, deadline.remainingMs), signal });
    }
    return { message: `${accept ? 'Accepted' : 'Dismissed'} the ${open.type}` };
};
//# sourceMappingURL=dialog.js.map