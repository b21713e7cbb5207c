import type { TurnEvent } from '@carrel/agent';
import type { Json } from '@carrel/protocol';

type Called = Extract<TurnEvent, { type: 'tool.called' }>['data'];
type Finished = Extract<TurnEvent, { type: 'step.finished' }>['data'];

/** A step of an agent as Notte's clients read it. */
export type Completion = Record<string, Json>;

/** What was done in a step, in Notte's form. */
export function toCompletion({ summary }: Pick<Finished, 'summary'>, calls: readonly Called[]): Completion {
  const { msg, success, url, durationMs } = summary;
  const endedAt = Date.now();
  return {
    started_at: new Date(endedAt - durationMs).toISOString(),
    ended_at: new Date(endedAt).toISOString(),
    state: {
      previous_goal_status: success ? 'success' : 'failure',
      previous_goal_eval: calls.at(-1)?.message ?? msg,
      page_summary: url,
      relevant_interactions: calls.flatMap(({ tool, input }) => (typeof input.ref === 'string' ? [{ id: input.ref, reason: tool }] : [])),
      memory: '',
      next_goal: msg,
    },
    action: toAction(calls.at(-1), msg),
  };
}

/** The tool that was called last, as the action that does the same; what none does is told as a request for help. */
function toAction(called: Called | undefined, msg: string): Record<string, Json> {
  const { tool = '', input = {}, message = msg } = called ?? {};
  const text = (name: string) => (typeof input[name] === 'string' ? (input[name] as string) : '');
  const onElement = (type: string, rest: Record<string, Json> = {}) => ({
    type,
    id: text('ref'),
    selector: `aria-ref=${text('ref')}`,
    ...rest,
  });
  switch (tool) {
    case 'navigate':
      return { type: 'goto', url: text('url') };
    case 'back':
      return { type: 'go_back' };
    case 'click':
      return onElement('click');
    case 'fill':
      return onElement('fill', { value: text('value') });
    case 'select':
      return onElement('select_dropdown_option', { value: Array.isArray(input.values) ? String(input.values[0] ?? '') : '' });
    case 'check':
      return onElement('check', { value: input.checked !== false });
    case 'press':
      return { type: 'press_key', key: text('key') };
    case 'scroll':
      return { type: input.direction === 'up' ? 'scroll_up' : 'scroll_down' };
    case 'wait':
      return { type: 'wait', time_ms: Math.min(30_000, typeof input.timeMs === 'number' ? input.timeMs : 0) };
    case 'done':
      return {
        type: 'completion',
        success: true,
        answer: typeof input.result === 'string' ? input.result : JSON.stringify(input.result ?? null),
      };
    case 'look':
    case 'find':
    case 'read':
    case 'extract':
      return { type: 'scrape' };
    default:
      return { type: 'help', reason: tool === '' ? msg : `${tool}: ${message}` };
  }
}
