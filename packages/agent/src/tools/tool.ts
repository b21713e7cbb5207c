import type { Action, Observation } from '@carrel/protocol';
import { z } from 'zod';
import type { Brief, ToolDefinition, ToolResult } from '../model.js';
import type { TurnOptions, TurnPage } from '../turn.js';
import type { PageText } from './page-text.js';

/** What tools work with. */
export interface ToolContext {
  readonly page: TurnPage;
  readonly brief: Brief;
  /** The newest look at the page; null when there is none. */
  readonly observation: Observation | null;
  /** The text of that look, in parts. */
  readonly text: PageText;
  readonly askHuman: TurnOptions['askHuman'];
  readonly signal: AbortSignal;
}

/**
 * What a tool does to the page:
 * - `read`: nothing; several go on beside each other
 * - `move`: the browser goes or looks elsewhere
 * - `act`: it may change something outside of the browser
 * - `ask`: nothing, it waits for a person
 */
export type ToolKind = 'read' | 'move' | 'act' | 'ask';

export interface Tool {
  readonly definition: ToolDefinition;
  readonly kind: ToolKind;
  /** Its result, or in words what is wrong with the input. What the page throws passes through. */
  run(input: unknown, context: ToolContext): Promise<ToolResult>;
}

export function tool<S extends z.ZodType>(
  name: string,
  kind: ToolKind,
  description: string,
  schema: S,
  run: (input: z.output<S>, context: ToolContext) => Promise<ToolResult>,
): Tool {
  const { $schema: _, ...input } = z.toJSONSchema(schema, { io: 'input' });
  return {
    definition: { name, description, input: input as ToolDefinition['input'] },
    kind,
    run: async (given, context) => {
      const read = schema.safeParse(given);
      return read.success ? run(read.data, context) : failed(`The input of ${name} is wrong: ${z.prettifyError(read.error)}`);
    },
  };
}

export const failed = (text: string): ToolResult => ({ success: false, text });
export const succeeded = (text: string): ToolResult => ({ success: true, text });

/** Does an action, and says what came of it and what else changed. */
export async function perform(action: Action, { page, signal }: ToolContext): Promise<ToolResult> {
  return told(await page.execute(action, signal));
}

export function told(action: Awaited<ReturnType<TurnPage['execute']>>): ToolResult {
  const { url, newTabs = [], closedTabs = [], downloads = [], dialog } = action.changes;
  const lines = [
    action.message,
    ...(url === undefined || action.message.includes(url.to) ? [] : [`The page is now ${url.to}`]),
    ...newTabs.map(({ id, url: at }) => `A tab was opened: ${id} ${at}`),
    ...closedTabs.map((id) => `A tab was closed: ${id}`),
    ...downloads.map(({ name, sizeBytes }) => `Downloaded: ${name} (${sizeBytes} bytes)`),
    ...(dialog === undefined ? [] : [`A dialog opened (${dialog.type}): ${dialog.message}`]),
  ];
  const { screenshot, ...rest } = action;
  return {
    success: action.success,
    text: lines.join('\n'),
    action: rest,
    ...(screenshot === undefined ? {} : { picture: { base64: screenshot.base64, mimeType: `image/${screenshot.format}` } }),
  };
}
