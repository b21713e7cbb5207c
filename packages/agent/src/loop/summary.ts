import type { StepSummary } from '@carrel/protocol';
import type { Decision } from '../model.js';
import { ACTS, DONE, LOOKS } from '../tools/index.js';
import type { CallsOfStep } from './calls.js';

const MAX_CHARS = 300;

/** A step in a sentence. */
export function summarize(
  { thought }: Decision,
  made: CallsOfStep['made'],
  urlBefore: string,
): Pick<StepSummary, 'type' | 'msg' | 'success' | 'url' | 'tools'> {
  const names = made.map(({ call }) => call.name);
  const said = made.map(({ call, result }) =>
    call.name === DONE && result.success ? 'Answered.' : firstLine(result.publicText ?? result.text),
  );
  return {
    type: names.some((name) => ACTS.has(name)) ? 'execution' : names.some((name) => LOOKS.has(name)) ? 'discovery' : 'planning',
    msg: (said.join(' ') || firstLine(thought) || 'Called no tool.').slice(0, MAX_CHARS),
    success: made.length > 0 && made.every(({ result }) => result.success),
    url: made.map(({ result }) => result.action?.url).findLast((url) => url !== undefined) ?? urlBefore,
    tools: [...new Set(names)],
  };
}

const firstLine = (text: string) => text.trim().split('\n', 1)[0] ?? '';
