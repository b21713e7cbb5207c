import type { TurnPage } from '@carrel/agent';
import type { Action, ActionResult, Dialog } from '@carrel/protocol';

/** Pages that open one after the other are shown as they are in the end. */
const MAX_DIALOGS = 5;

/**
 * A page whose dialogs are closed, as Playwright does where nobody listens for them: Notte has no action for them, and until one is answered
 * the page stands still.
 */
export const withoutDialogs = (page: TurnPage): TurnPage => {
  /** What asks whether a page may be left is told yes, all others no. */
  const close = (signal: AbortSignal, type?: Dialog['type']) => page.execute({ type: 'dialog', accept: type === 'beforeunload' }, signal);
  const answered = async (work: () => Promise<ActionResult>, signal: AbortSignal): Promise<ActionResult> => {
    let result = await work();
    for (let n = 0; n < MAX_DIALOGS && result.failure === 'dialog_open'; n++) {
      await close(signal, result.changes.dialog?.type);
      result = await work();
    }
    const { dialog } = result.changes;
    if (dialog === undefined || !result.success) return result;
    await close(signal, dialog.type);
    return {
      ...result,
      message: `${result.message} It opened a dialog, which was closed: ${JSON.stringify(dialog.message.slice(0, 200))}.`,
    };
  };
  return {
    observe: async (options, signal) => {
      let seen = await page.observe(options, signal);
      for (let n = 0; n < MAX_DIALOGS && seen.dialog !== undefined; n++) {
        await close(signal, seen.dialog.type);
        seen = await page.observe(options, signal);
      }
      return seen;
    },
    execute: (action: Action, signal) => answered(() => page.execute(action, signal), signal),
    scrape: (signal, options) => page.scrape(signal, options),
    fillCredential: (request, signal) => answered(() => page.fillCredential(request, signal), signal),
  };
};
