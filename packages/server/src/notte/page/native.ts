import { actionTimeoutMs } from '@carrel/browser';
import { type ActionInput, type ActionResult, action as nativeAction } from '@carrel/protocol';
import type { Control } from '../../live/index.js';
import type { KeptFiles } from '../files/kept-files.js';
import type { LiveSession } from '../sessions/live-session.js';
import type { DataSpace, Scraper } from './scrape.js';

export interface ExecuteParts {
  readonly control: Pick<Control, 'untilFree'>;
  readonly scraper: Scraper;
  readonly uploads: KeptFiles;
}

/** An action that is being done. */
export interface ActionCall extends ExecuteParts {
  readonly session: LiveSession;
  readonly projectId: string;
  readonly signal: AbortSignal;
  /** Of the tab that it is done in; undefined: the active one. */
  readonly tabId?: string | undefined;
}

/** What came of it. */
export interface Done {
  readonly success: boolean;
  readonly message: string;
  readonly data?: DataSpace;
}

/** Does one of Carrel's own actions, once nobody else has the browser in hand. */
export async function native(input: ActionInput, { session, control, signal, tabId }: ActionCall): Promise<Done> {
  const parsed = nativeAction.safeParse({ ...(tabId !== undefined && takesTab(input) ? { tabId } : {}), ...input });
  if (!parsed.success)
    return { success: false, message: parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ') };
  await control.untilFree(session.browser.id, actionTimeoutMs(parsed.data), signal);
  const result = await session.page.execute(parsed.data, signal);
  const opened = result.changes.newTabs?.at(-1);
  if (!result.success || opened === undefined || input.type === 'newTab') return toDone(result);
  // Notte's clients go on in the tab that an action has opened.
  const switched = await session.page.execute({ type: 'switchTab', tabId: opened.id }, signal);
  return { ...toDone(result), message: `${result.message} ${switched.message}` };
}

const takesTab = ({ type }: ActionInput) => type !== 'newTab' && type !== 'switchTab';

const toDone = ({ success, message, file }: ActionResult): Done => ({
  success,
  message: file === undefined || message.includes(file.name) ? message : `${message} (${file.name})`,
});
