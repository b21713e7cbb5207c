import type { Json } from '@carrel/protocol';

export interface TextCall {
  readonly name: string;
  readonly input: Record<string, Json>;
}

const MAX_STARTS = 50;

/**
 * The calls that a model without calls of its own has written into its text, as `{"tool": "click", "input": {"ref": "e12"}}` or what such
 * models were taught instead (`name`, `arguments`, `parameters`), with whatever stands round them.
 * @returns the calls, and what it said before the first of them
 */
export function callsInText(text: string, toolNames: ReadonlySet<string>): { calls: TextCall[]; thought: string } {
  const calls: TextCall[] = [];
  let thought = text;
  let at = text.indexOf('{');
  for (let tries = 0; at >= 0 && tries < MAX_STARTS; tries++) {
    const end = endOfObject(text, at);
    const call = end === null ? null : asCall(parse(text.slice(at, end)), toolNames);
    if (call !== null) {
      if (calls.length === 0) thought = text.slice(0, at);
      calls.push(call);
    }
    at = text.indexOf('{', call === null || end === null ? at + 1 : end);
  }
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
