import { CarrelError, type Json } from '@carrel/protocol';
import type { ToolCall, ToolResult } from '../model.js';
import { DONE, failed, type Tool, type ToolContext } from '../tools/index.js';
import type { TurnOptions } from '../turn.js';
import type { AnswerDesk } from './answer.js';

const MAX_CALLS = 20;
/** What leads to another page even when that has the same URL. */
const GOES_AWAY: ReadonlySet<string> = new Set(['navigate', 'back', 'tabs']);

export interface CallsOfStep {
  readonly made: { call: ToolCall; result: ToolResult }[];
  /** Undefined: it has not answered. */
  readonly answer?: Json | undefined;
}

export interface CallRunner {
  readonly tools: readonly Tool[];
  readonly context: ToolContext;
  readonly desk: AnswerDesk;
  readonly onFirstAction: TurnOptions['onFirstAction'];
  readonly onCall: (call: ToolCall, result: ToolResult) => Promise<void>;
}

/**
 * Makes the calls of a step in order; those that only read go on beside each other. After a call that failed or that changed what there is
 * to see, the others are left out: they were decided on before that was known.
 */
export async function makeCalls(calls: readonly ToolCall[], runner: CallRunner): Promise<CallsOfStep> {
  const made: CallsOfStep['made'] = [];
  const note = async (call: ToolCall, result: ToolResult) => {
    made.push({ call, result });
    await runner.onCall(call, result);
  };
  let progress: Progress = { leftOutFor: null, hasMoved: false };
  for (let at = 0; at < calls.length; ) {
    const call = calls[at] as ToolCall;
    const kind = runner.tools.find(({ definition }) => definition.name === call.name)?.kind;
    const why = at >= MAX_CALLS ? `a step may have ${MAX_CALLS} calls` : whyNot(kind, progress);
    if (why !== null) {
      await note(call, failed(`Left out: ${why}. Look at the page as it is now, and call it again if it still makes sense.`));
      at++;
    } else if (call.name === DONE) {
      const taken = await runner.desk.take(call, runner.context.signal);
      await note(call, 'answer' in taken ? { success: true, text: 'Taken.' } : taken.wrong);
      if ('answer' in taken) return { made, answer: taken.answer };
      at++;
    } else {
      const together = kind === 'read' ? readsFrom(calls, at, runner.tools) : [call];
      const results = await Promise.all(together.map((one) => run(one, runner)));
      for (const [index, one] of together.entries()) await note(one, results[index] as ToolResult);
      at += together.length;
      progress = after(call, kind, results, progress);
    }
  }
  return { made };
}

interface Progress {
  /** Why no further call is made. */
  readonly leftOutFor: string | null;
  /** Whether a call has done something: what was seen before it may be old. */
  readonly hasMoved: boolean;
}

const whyNot = (kind: Tool['kind'] | undefined, { leftOutFor, hasMoved }: Progress) =>
  leftOutFor ?? (hasMoved && kind === 'read' ? 'the page may have changed' : null);

/** The calls from here on that only read. */
function readsFrom(calls: readonly ToolCall[], start: number, tools: readonly Tool[]): ToolCall[] {
  const names = new Set(tools.filter(({ kind }) => kind === 'read').map(({ definition }) => definition.name));
  const end = calls.findIndex((call, index) => index > start && !names.has(call.name));
  return calls.slice(start, Math.min(end < 0 ? calls.length : end, MAX_CALLS));
}

function after(call: ToolCall, kind: Tool['kind'] | undefined, results: readonly ToolResult[], { hasMoved }: Progress): Progress {
  return { leftOutFor: kind === 'read' ? null : whyNotOn(call, kind, results), hasMoved: hasMoved || kind === 'move' || kind === 'act' };
}

function whyNotOn({ name }: ToolCall, kind: Tool['kind'] | undefined, results: readonly ToolResult[]): string | null {
  if (results.some(({ success }) => !success)) return `${name} failed`;
  if (kind === 'ask') return 'a person may have worked in the browser';
  const changes = results.flatMap(({ action }) => action?.changes ?? []);
  const hasChanged = changes.some(({ url, newTabs, closedTabs, dialog }) => (url ?? newTabs ?? closedTabs ?? dialog) !== undefined);
  return hasChanged || GOES_AWAY.has(name) ? `${name} has changed the page` : null;
}

/** What the page refuses is a result like others; that the browser is gone is not. */
async function run(call: ToolCall, { tools, context, onFirstAction }: CallRunner): Promise<ToolResult> {
  const tool = tools.find(({ definition }) => definition.name === call.name);
  if (tool === undefined) {
    return failed(
      `There is no tool ${JSON.stringify(call.name.slice(0, 100))}; there are: ${[DONE, ...tools.map(({ definition }) => definition.name)].join(', ')}.`,
    );
  }
  if (tool.kind === 'act') await onFirstAction();
  try {
    return await tool.run(call.input, context);
  } catch (error) {
    if (!(error instanceof CarrelError) || isGone(error)) throw error;
    return failed(error.message);
  }
}

/** Whether the browser of the turn is no more. */
export const isGone = (error: CarrelError) => error.code === 'browser_crashed' || error.code === 'browser_not_running';
