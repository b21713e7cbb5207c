import type { Brief } from '../model.js';
import { ACTING_TOOLS, FILL_CREDENTIAL_TOOL } from './acting.js';
import { ASK_HUMAN_TOOL } from './asking.js';
import { MOVING_TOOLS } from './moving.js';
import { READING_TOOLS, SCREENSHOT_TOOL } from './reading.js';
import type { Tool } from './tool.js';

export { DONE, doneTool } from './done.js';
export { PageText } from './page-text.js';
export { failed, type Tool, type ToolContext } from './tool.js';

/** The tools of a turn beside `done`. A screenshot is only for models that see. */
export function toolsFor(brief: Brief, { seesPictures }: { seesPictures: boolean }): Tool[] {
  return [
    ...MOVING_TOOLS,
    ...ACTING_TOOLS,
    ...READING_TOOLS,
    ...(seesPictures ? [SCREENSHOT_TOOL] : []),
    ...(brief.credentials.length > 0 ? [FILL_CREDENTIAL_TOOL] : []),
    ...(brief.canAskHuman ? [ASK_HUMAN_TOOL] : []),
  ];
}

const names = (tools: readonly Tool[]) => new Set(tools.map(({ definition }) => definition.name));

/** The tools that do something, on the page or with the browser. */
export const ACTS: ReadonlySet<string> = names([...MOVING_TOOLS, ...ACTING_TOOLS, FILL_CREDENTIAL_TOOL]);
/** The tools that look closer. */
export const LOOKS: ReadonlySet<string> = names([...READING_TOOLS, SCREENSHOT_TOOL]);
