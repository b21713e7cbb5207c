import { type Action, type ActionResult } from '@carrel/protocol';
import { type Emit } from '../events.js';
import type { PlaywrightLink } from '../playwright.js';
import { type ActionParts } from './action-context.js';
export interface ExecuteParts extends ActionParts {
    playwright: PlaywrightLink;
    emit: Emit;
}
/**
 * Does one action and says what happened and what changed. A failed action is an answer, not an error.
 *
 * A tab that a page opens is reported in `changes.newTabs` and not switched to: calls that name no tab go on to the tab where the agent
 * was, until it decides otherwise. An action that opens a dialog has succeeded; the dialog is in `changes.dialog`.
 * @throws {CarrelError} `browser_crashed` when the browser is gone, `invalid_request`; or the reason of `signal`
 */
export declare function execute(parts: ExecuteParts, action: Action, signal?: AbortSignal): Promise<ActionResult>;
//# sourceMappingURL=execute.d.ts.map