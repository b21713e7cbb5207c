import { CarrelError, type Json } from '@carrel/protocol';
import { describe, expect, it } from 'vitest';
import type { ModelRequest, ToolCall } from '../model.js';
import { type JsonRequest, sendEvents, startJsonServer } from '../testing/http-server.js';
import { openModel } from './open-model.js';

const PICTURE = Buffer.from('a picture').toString('base64');
const CALL: ToolCall = { id: 'call_1', name: 'click', input: { ref: 'e1' } };

/** A second step, with all that there may be in a request. */
const request = {
  system: 'The rules.',
  brief: {},
  history: [{ n: 1, thought: 'I click.', calls: [{ call: CALL, result: { success: true, text: 'Clicked.' } }] }],
  view: {
    observation: {
      metadata: {
        url: 'http://shop.example/',
        title: 'Shop',
        tabId: '',
        tabs: [],
        viewport: { width: 1, height: 1 },
        scroll: { x: 0, y: 0, width: 1, height: 1 },
      },
      snapshot: '',
      elements: [],
      truncated: { snapshotChars: 0, elements: 0, markdownChars: 0 },
      screenshot: { format: 'jpeg', width: 1, height: 1, base64: PICTURE },
    },
    text: '- button "Buy" [ref=e2]',
    part: 1,
    parts: 1,
  },
  tools: [{ name: 'click', description: 'Clicks.', input: { type: 'object', properties: { ref: { type: 'string' } }, required: ['ref'] } }],
  mustFinish: false,
  notice: null,
  marker: 'm4rk3r',
} as unknown as ModelRequest;

const signal = () => new AbortController().signal;

describe('Anthropic', () => {
  it('should be spoken to in its own words', async () => {
    const asked: JsonRequest[] = [];
    await using server = await startJsonServer(async (received, response) => {
      asked.push(received);
      const usage = { input_tokens: 70, cache_read_input_tokens: 30, output_tokens: 1 };
      const events: [string, Record<string, Json>][] = [
        [
          'message_start',
          {
            message: {
              id: 'm',
              type: 'message',
              role: 'assistant',
              model: 'c',
              content: [],
              stop_reason: null,
              stop_sequence: null,
              usage,
            },
          },
        ],
        ['content_block_start', { index: 0, content_block: { type: 'text', text: '' } }],
        ['content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'I buy.' } }],
        ['content_block_stop', { index: 0 }],
        ['content_block_start', { index: 1, content_block: { type: 'tool_use', id: 'toolu_1', name: 'click', input: {} } }],
        ['content_block_delta', { index: 1, delta: { type: 'input_json_delta', partial_json: '{"ref":' } }],
        ['content_block_delta', { index: 1, delta: { type: 'input_json_delta', partial_json: '"e2"}' } }],
        ['content_block_stop', { index: 1 }],
        ['message_delta', { delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 12 } }],
        ['message_stop', {}],
      ];
      sendEvents(
        response,
        events.map(([event, data]) => ({ event, data: { type: event, ...data } })),
      );
      response.end();
    });
    const model = openModel('anthropic/claude-test', {
      anthropicApiKey: 'k-a',
      anthropicBaseUrl: `${server.origin}/v1`,
      withoutVision: [],
    });
    expect(await model.decide(request, signal())).toEqual({
      thought: 'I buy.',
      calls: [{ id: expect.stringMatching(/^call_\w+$/), name: 'click', input: { ref: 'e2' } }],
      usage: { inputTokens: 100, cachedInputTokens: 30, outputTokens: 12 },
    });
    const [{ path, headers, body } = {} as JsonRequest] = asked;
    expect([path, headers['x-api-key'], body.model, body.tool_choice]).toEqual(['/v1/messages', 'k-a', 'claude-test', { type: 'any' }]);
    expect(body.system).toEqual([{ type: 'text', text: 'The rules.', cache_control: { type: 'ephemeral' } }]);
    expect(body.tools).toMatchObject([{ name: 'click', description: 'Clicks.', input_schema: { required: ['ref'] } }]);
    const messages = body.messages as { role: string; content: Record<string, Json>[] }[];
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(messages[1]?.content).toMatchObject([
      { type: 'text', text: 'I click.' },
      { type: 'tool_use', id: 'call_1', name: 'click', input: { ref: 'e1' } },
    ]);
    expect(messages[2]?.content).toMatchObject([
      { type: 'tool_result', tool_use_id: 'call_1' },
      { type: 'text', text: expect.stringContaining('<<<PAGE m4rk3r>>>') },
      { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: PICTURE } },
    ]);
  });
});

describe('Google', () => {
  it('should be spoken to in its own words, and be shown its signatures of calls again', async () => {
    const asked: JsonRequest[] = [];
    await using server = await startJsonServer(async (received, response) => {
      asked.push(received);
      sendEvents(response, [
        { candidates: [{ content: { role: 'model', parts: [{ text: 'I buy.' }] }, index: 0 }] },
        {
          candidates: [
            {
              content: { role: 'model', parts: [{ functionCall: { name: 'click', args: { ref: 'e2' } }, thoughtSignature: 's1gn' }] },
              finishReason: 'STOP',
              index: 0,
            },
          ],
          usageMetadata: { promptTokenCount: 100, cachedContentTokenCount: 30, candidatesTokenCount: 12, totalTokenCount: 112 },
        },
      ]);
      response.end();
    });
    const model = openModel('google/gemini-test', { googleApiKey: 'k-g', googleBaseUrl: `${server.origin}/v1beta`, withoutVision: [] });
    const decision = await model.decide(request, signal());
    expect(decision).toEqual({
      thought: 'I buy.',
      calls: [{ id: expect.any(String), name: 'click', input: { ref: 'e2' } }],
      usage: { inputTokens: 100, cachedInputTokens: 30, outputTokens: 12 },
    });
    const [call] = decision.calls as [ToolCall];
    const next = { n: 2, thought: '', calls: [{ call, result: { success: true, text: 'Bought.' } }] };
    await model.decide({ ...request, history: [...request.history, next] }, signal());
    const [first, second] = asked.map(
      ({ body }) => body as { contents: { role: string; parts: Record<string, Json>[] }[] } & Record<string, Json>,
    );
    expect(asked[0]?.path).toBe('/v1beta/models/gemini-test:streamGenerateContent?alt=sse');
    expect(asked[0]?.headers['x-goog-api-key']).toBe('k-g');
    expect(first).toMatchObject({
      systemInstruction: { parts: [{ text: 'The rules.' }] },
      tools: [{ functionDeclarations: [{ name: 'click', parameters: { required: ['ref'] } }] }],
      toolConfig: { functionCallingConfig: { mode: 'ANY' } },
    });
    const parts = first?.contents.flatMap(({ parts: all }) => all);
    expect(parts).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ functionCall: expect.objectContaining({ name: 'click', args: { ref: 'e1' } }) }),
        expect.objectContaining({ functionResponse: expect.objectContaining({ name: 'click' }) }),
        expect.objectContaining({ text: expect.stringContaining('<<<PAGE m4rk3r>>>') }),
        expect.objectContaining({ inlineData: { mimeType: 'image/jpeg', data: PICTURE } }),
      ]),
    );
    expect(second?.contents.flatMap(({ parts: all }) => all)).toContainEqual(expect.objectContaining({ thoughtSignature: 's1gn' }));
  });
});

describe('a model that is not configured', () => {
  it.each([
    ['openai/gpt-5', 'OPENAI_API_KEY'],
    ['anthropic/claude', 'ANTHROPIC_API_KEY'],
    ['google/gemini', 'GOOGLE_GENERATIVE_AI_API_KEY'],
    ['openai-compatible/qwen', 'CARREL_MODEL_BASE_URL'],
    ['builtin', 'no language model'],
  ])('should be refused by its name: %s', (name, missing) => {
    const open = () => openModel(name, { withoutVision: [] });
    expect(open).toThrow(CarrelError);
    expect(open).toThrow(
      expect.objectContaining({ code: 'model_not_configured', details: { model: name }, message: expect.stringContaining(missing) }),
    );
  });

  it('should see pictures unless it is said that it does not', () => {
    const access = { openaiApiKey: 'k', withoutVision: ['openai/blind'] };
    expect([openModel('openai/blind', access).seesPictures, openModel('openai/seeing', access).seesPictures]).toEqual([false, true]);
  });
});
