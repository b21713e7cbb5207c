import type { Json } from '@carrel/protocol';

export interface TextCall {
  readonly name: string;
  readonly input: Record<string, Json>;
}

const MAX_STARTS = 50;

/** What may stand between calls and after the last one. */
const SEPARATORS = /^(\s|,|`|\]|\[|json|<\/?tool_call>)*$/;

/**
 * The calls that a model without calls of its own has written at the end of its text, as `{"tool": "click", "input": {"ref": "e12"}}` or what
 * such models were taught instead (`name`, `arguments`, `parameters`). What it quotes in the middle of a sentence, maybe off a page, is none.
 * @returns the calls, and what it said before the first of them
 */
export function callsInText(text: string, toolNames: ReadonlySet<string>): { calls: TextCall[]; thought: string } {
  const calls: TextCall[] = [];
  let thought = text;
  let lastEnd = 0;
  let at = text.indexOf('{');
  for (let tries = 0; at >= 0 && tries < MAX_STARTS; tries++) {
    const end = endOfObject(text, at);
    const call = end === null ? null : asCall(parse(text.slice(at, end)), toolNames);
    if (call !== null && end !== null) {
      if (!SEPARATORS.test(text.slice(lastEnd, at))) calls.length = 0;
      if (calls.length === 0) thought = text.slice(0, at);
      calls.push(call);
      lastEnd = end;
    }
    at = text.indexOf('{', call === null || end === null ? at + 1 : end);
  }
  if (!SEPARATORS.test(text.slice(lastEnd))) return { calls: [], thought: text };
  return { calls, thought: thought.replace(/(```(json)?|<tool_call>|\[)\s*$/, '').trim() };
}

/** Where the object ends that begins at `start`, braces in strings left aside. */
function endOfObject(text: string, start: number): number | null {
  let depth = 0;
  let isInString = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (isInString) {
      if (character === '\\') at++;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return at + 1;
  }
  return null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // braces that are no JSON are text
  }
}

function asCall(value: unknown, toolNames: ReadonlySet<string>): TextCall | null {
  if (!isObject(value)) return null;
  const name = value.tool ?? value.name;
  const input = value.input ?? value.arguments ?? value.parameters ?? {};
  return typeof name === 'string' && toolNames.has(name) && isObject(input) ? { name, input } : null;
}

export const isObject = (value: unknown): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
