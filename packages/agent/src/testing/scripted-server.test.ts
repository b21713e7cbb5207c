import { describe, expect, it } from 'vitest';
import { openModel } from '../models/open-model.js';
import { calling, callingAll, startScriptedServer } from './scripted-server.js';

const ask = async (baseUrl: string, stream: boolean) => {
  const response = await fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hello' }], stream }),
  });
  return response.text();
};

describe('a scripted server', () => {
  it('should say the same streamed and whole', async () => {
    await using server = await startScriptedServer(() => ({ ...calling('click', { ref: 'e1' }), text: 'I click.' }));
    expect(JSON.parse(await ask(server.baseUrl, false))).toMatchObject({
      choices: [
        {
          message: { content: 'I click.', tool_calls: [{ function: { name: 'click', arguments: '{"ref":"e1"}' } }] },
          finish_reason: 'tool_calls',
        },
      ],
      usage: { prompt_tokens: 100 },
    });
    const chunks = (await ask(server.baseUrl, true)).trim().split('\n\n');
    expect(chunks.at(-1)).toBe('data: [DONE]');
    expect(chunks.length).toBeGreaterThan(5);
    expect(server.requests.map(({ page }) => page)).toEqual(['Hello', 'Hello']);
  });

  it('should serve as OpenAI too', async () => {
    await using server = await startScriptedServer(() => ({
      ...callingAll(['click', { ref: 'e1' }], ['click', { ref: 'e2' }]),
      usage: { prompt: 50, cached: 20, completion: 5 },
    }));
    const model = openModel('openai/gpt-test', { openaiApiKey: 'k-o', openaiBaseUrl: server.baseUrl, withoutVision: [] });
    const tools = [{ name: 'click', description: 'Clicks.', input: { type: 'object', properties: { ref: { type: 'string' } } } }];
    const brief = {
      task: '',
      startUrl: null,
      schema: null,
      allowedDomains: null,
      previousContext: null,
      previousError: [],
      credentials: [],
      today: '',
      canAskHuman: false,
    };
    const request = {
      system: 'The rules.',
      brief,
      history: [],
      view: null,
      tools,
      mustFinish: false,
      notice: 'Nothing to see.',
      marker: 'm',
    };
    const { calls, usage } = await model.decide(request, new AbortController().signal);
    expect(calls.map(({ name, input }) => [name, input])).toEqual([
      ['click', { ref: 'e1' }],
      ['click', { ref: 'e2' }],
    ]);
    expect(usage).toEqual({ inputTokens: 50, cachedInputTokens: 20, outputTokens: 5 });
    const [asked] = server.requests;
    expect(asked?.headers.authorization).toBe('Bearer k-o');
    expect(asked?.system).toBe('The rules.');
    expect(asked?.page).toContain('Nothing to see.');
    expect(asked?.body).toMatchObject({ model: 'gpt-test', tool_choice: 'required' });
  });
});
