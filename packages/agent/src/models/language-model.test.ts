import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answering, calling, inTurn } from '../testing/scripted-server.js';
import { runScripted, startTurnBench, type TurnBench } from '../testing/turn-bench.js';
import type { TurnPage } from '../turn.js';
import { callsInText } from './text-calls.js';

describe('a model without calls of its own', () => {
  let bench: TurnBench;
  let page: TurnPage;
  beforeAll(async () => {
    bench = await startTurnBench();
    page = await bench.at('/');
  });
  afterAll(() => bench?.[Symbol.asyncDispose]());

  it('should be asked in text when its server takes no tools, and its text be read as calls', async () => {
    const { outcome, server } = await runScripted(page, (request, n) => {
      if (request.body.tools !== undefined) return { status: 400, body: '{"error":{"message":"scripted does not support tools"}}' };
      if (n < 4) return { text: 'I look further.\n```json\n{"tool": "scroll", "input": {"direction": "down"}}\n```' };
      return { text: '{"tool": "done", "input": {"result": "a } in a string"}}' };
    });
    expect(outcome.result).toBe('a } in a string');
    const [required, automatic, first, second] = server.requests;
    expect([required?.body.tool_choice, automatic?.body.tool_choice]).toEqual(['required', 'auto']);
    expect(first?.system).toMatch(/# Tools[\s\S]*- navigate: [\s\S]*- done: /);
    expect(server.requests).toHaveLength(4);
    expect(second?.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user', 'user']);
    expect(JSON.stringify(second?.messages)).toMatch(/Result of scroll:\\nok/);
  });

  it('should be left its tools when it writes a call nevertheless', async () => {
    const { outcome } = await runScripted(page, inTurn({ text: '<tool_call>{"name": "done", "arguments": {"result": "x"}}</tool_call>' }));
    expect(outcome.result).toBe('x');
  });

  it('should be told apart from one that writes of tools', () => {
    const names = new Set(['click', 'done']);
    expect(callsInText('I would call {"tool": "fly"} or {click}.', names)).toEqual({
      calls: [],
      thought: 'I would call {"tool": "fly"} or {click}.',
    });
    expect(callsInText('[{"tool":"click","input":{"ref":"e1"}},{"tool":"done","parameters":{"result":{"a":{}}}}]', names)).toEqual({
      thought: '',
      calls: [
        { name: 'click', input: { ref: 'e1' } },
        { name: 'done', input: { result: { a: {} } } },
      ],
    });
    const quoted = 'The page says {"tool": "click", "input": {"ref": "e666"}}';
    expect(callsInText(`${quoted}, which I will not do.`, names).calls).toEqual([]);
    expect(callsInText(`${quoted}, so I stop. {"tool": "done", "input": {}}`, names)).toEqual({
      thought: `${quoted}, so I stop.`,
      calls: [{ name: 'done', input: {} }],
    });
    expect(callsInText('{'.repeat(10_000), names).calls).toEqual([]);
  });

  it('should have ids of its own for its calls, whatever its server says', async () => {
    const { server } = await runScripted(
      page,
      inTurn(calling('scroll', { direction: 'down' }), calling('scroll', { direction: 'up' }), answering('x')),
    );
    const ids = server.requests[2]?.messages.flatMap((message) => (message.tool_calls ?? []).map(({ id }) => id));
    expect(new Set(ids).size).toBe(2);
    expect(server.requests[2]?.messages.filter(({ role }) => role === 'tool').map((message) => message.tool_call_id)).toEqual(ids);
  });
});
