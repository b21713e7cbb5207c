import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Model, ModelError } from '../model.js';
import { openModel } from '../models/open-model.js';
import { answering, calling, inTurn, startScriptedServer } from '../testing/scripted-server.js';
import { dataOf, MODEL, runScripted, startTurnBench, type TurnBench } from '../testing/turn-bench.js';
import type { TurnPage } from '../turn.js';

const KEY = 'sk-cAnArY-4711';
const failing = (kind: 'unavailable' | 'refused' | 'required', name = 'builtin'): Model => ({
  name,
  seesPictures: false,
  decide: () => Promise.reject(new ModelError(kind, `${name}: ${kind}.`)),
});

describe('asking models', () => {
  let bench: TurnBench;
  let page: TurnPage;
  beforeAll(async () => {
    bench = await startTurnBench();
    page = await bench.at('/');
  });
  afterAll(() => bench?.[Symbol.asyncDispose]());

  it('should try again after 429 with Retry-After, 500, a broken answer, and an answer that is not one', async () => {
    const { outcome, events, server } = await runScripted(
      page,
      inTurn(
        { status: 429, headers: { 'retry-after': '0' } },
        { status: 503 },
        { cutAfter: 'I was about to' },
        calling('scroll', { direction: 'down' }),
        { status: 200, body: '<html>maintenance</html>' },
        answering('at last'),
      ),
    );
    expect(outcome).toEqual({ stopReason: 'done', result: 'at last', failure: null });
    expect(server.requests).toHaveLength(6);
    const failures = dataOf(events, 'model.failed');
    expect(failures.map(({ step }) => step)).toEqual([1, 1, 1, 2]);
    expect(failures[0]?.message).toContain('HTTP 429');
    expect(failures[1]?.message).toContain('HTTP 503');
    expect(dataOf(events, 'model.called')).toHaveLength(2);
  });

  it('should go on with the fallbacks that are listed, in their order, and stay with the one that answers', async () => {
    await using server = await startScriptedServer(inTurn(calling('scroll', { direction: 'down' }), answering('from the third')));
    const third = openModel('openai-compatible/third', { baseUrl: server.baseUrl, withoutVision: [] });
    const { outcome, events } = await runScripted(page, () => ({ text: '' }), {
      models: [failing('unavailable', 'first'), failing('required', 'builtin'), third],
    });
    expect(outcome.result).toBe('from the third');
    expect(dataOf(events, 'model.failed').map(({ model, step }) => [model, step])).toEqual([
      ['first', 1],
      ['builtin', 1],
    ]);
    expect(dataOf(events, 'step.finished').at(-1)?.usage).toMatchObject([{ model: 'openai-compatible/third', calls: 2 }]);
  });

  it('should say why when none answers, a language model is needed, or one refuses', async () => {
    const codeOf = async (...models: [Model, ...Model[]]) => (await runScripted(page, () => ({ text: '' }), { models })).outcome;
    expect(await codeOf(failing('unavailable', 'a'), failing('unavailable', 'b'))).toEqual({
      stopReason: 'error',
      result: null,
      failure: { code: 'model_unavailable', message: 'a: unavailable. b: unavailable.' },
    });
    expect(await codeOf(failing('required'))).toMatchObject({ failure: { code: 'model_required' } });
    expect(await codeOf(failing('refused', 'a'), failing('unavailable', 'b'))).toMatchObject({
      failure: { code: 'model_refused', message: 'a: refused.' },
    });
  });

  it('should fail as refused when the answer was filtered', async () => {
    const { outcome } = await runScripted(page, () => ({ text: '', finishReason: 'content_filter' }));
    expect(outcome).toMatchObject({ stopReason: 'error', failure: { code: 'model_refused' } });
  });

  it('should not ask again where that cannot help, and never tell a key', async () => {
    for (const status of [401, 400]) {
      await using server = await startScriptedServer(() => ({
        status,
        body: JSON.stringify({ error: { message: `Incorrect API key provided: ${KEY}` } }),
      }));
      const models = [openModel(MODEL, { baseUrl: server.baseUrl, apiKey: KEY, withoutVision: [] })] as const;
      const { outcome, events } = await runScripted(page, () => ({ text: '' }), { models });
      expect(outcome).toMatchObject({ failure: { code: 'model_unavailable' } });
      expect(server.requests).toHaveLength(1);
      expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
      expect(JSON.stringify([outcome, events])).not.toContain(KEY);
    }
  });

  it('should give up a model that does not answer in time', async () => {
    await using server = await startScriptedServer(() => ({ hangs: true }));
    const slow = openModel('openai-compatible/slow', { baseUrl: server.baseUrl, withoutVision: [], timeoutMs: 50 });
    const { events, outcome } = await runScripted(page, () => ({ text: '' }), { models: [slow] });
    expect(outcome).toMatchObject({ failure: { code: 'model_unavailable', message: expect.stringContaining('did not answer in time') } });
    expect(dataOf(events, 'model.failed')).toHaveLength(4);
    await Promise.all(server.requests.map(({ gone }) => gone));
  });

  it('should not take half an answer for one when the time is over', async () => {
    await using server = await startScriptedServer(() => ({ hangs: true, text: 'The kettle costs' }));
    const slow = openModel('openai-compatible/slow', { baseUrl: server.baseUrl, withoutVision: [], timeoutMs: 200 });
    const { events, outcome } = await runScripted(page, () => ({ text: '' }), { models: [slow] });
    expect(outcome).toMatchObject({ failure: { code: 'model_unavailable', message: expect.stringContaining('did not answer in time') } });
    expect(dataOf(events, 'model.called')).toEqual([]);
  });

  it('should stop before it costs more than it may, and say what it has cost', async () => {
    const { outcome, events, server } = await runScripted(
      page,
      (_, n) => ({ ...calling('scroll', { direction: 'down', amountPx: n }), usage: { prompt: 1000, completion: 100 } }),
      { maxCostUsd: 0.025, priceOf: (_, { inputTokens, outputTokens }) => (inputTokens + outputTokens) / 100_000 },
    );
    expect(outcome).toMatchObject({ stopReason: 'budget', result: null, failure: { code: 'budget_exceeded' } });
    expect(server.requests).toHaveLength(3);
    const steps = dataOf(events, 'step.finished');
    expect(steps.at(-1)).toMatchObject({ step: 3, summary: { success: false }, usage: [{ calls: 3, inputTokens: 3000 }] });
    expect(steps.at(-1)?.usage[0]?.costUsd).toBeCloseTo(0.033);
  });

  it('should count what earlier attempts have cost towards what it may cost', async () => {
    const usageBefore = [{ model: MODEL, calls: 3, inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, costUsd: 0.03 }];
    const { outcome, server } = await runScripted(page, inTurn(answering('x')), { maxCostUsd: 0.025, priceOf: () => 0, usageBefore });
    expect(outcome).toMatchObject({ stopReason: 'budget', failure: { code: 'budget_exceeded' } });
    expect(server.requests).toHaveLength(0);
  });

  it('should stop when there is a budget and nobody knows the price', async () => {
    const { outcome, server } = await runScripted(page, inTurn(answering('x')), { maxCostUsd: 1 });
    expect(outcome).toMatchObject({
      stopReason: 'budget',
      failure: { code: 'budget_exceeded', message: /Nobody knows what a model has cost/ },
    });
    expect(server.requests).toHaveLength(1);
  });

  it('should stop when there is a budget and the model does not say what it used', async () => {
    const { outcome, server } = await runScripted(
      page,
      inTurn({ calls: [{ name: 'scroll', input: { direction: 'down' } }], usage: null }),
      {
        maxCostUsd: 1,
        priceOf: () => 0.001,
      },
    );
    expect(outcome).toMatchObject({ stopReason: 'budget', failure: { code: 'budget_exceeded' } });
    expect(server.requests).toHaveLength(1);
  });

  it('should have a result repaired three times at most', async () => {
    const schema = { type: 'object', properties: { price: { type: 'number' } }, required: ['price'], additionalProperties: false };
    const repaired = await runScripted(page, inTurn(answering('much'), answering({ price: 'much' }), answering({ price: 39.9 })), {
      brief: { schema },
    });
    expect(repaired.outcome).toEqual({ stopReason: 'done', result: { price: 39.9 }, failure: null });
    expect(repaired.server.requests[0]?.system).toContain(JSON.stringify(schema));
    expect(repaired.server.requests[1]?.results[0]).toMatch(/^failed[\s\S]*must be object/);
    expect(repaired.server.requests[2]?.results[0]).toMatch(/^failed[\s\S]*\/price must be number/);

    const never = await runScripted(page, (_, n) => answering({ price: `${n}` }), { brief: { schema } });
    expect(never.outcome).toMatchObject({
      stopReason: 'error',
      result: null,
      failure: { code: 'schema_mismatch', message: /\/price must be number/ },
    });
    expect(never.server.requests).toHaveLength(4);
  });

  it('should take a result that a model has written as text', async () => {
    const schema = { $ref: '#/$defs/prices', $defs: { prices: { type: 'array', items: { type: 'number' } } } };
    const { outcome, server } = await runScripted(page, inTurn(answering('```json\n[1, 2]\n```')), { brief: { schema } });
    expect(outcome.result).toEqual([1, 2]);
    expect(JSON.stringify(server.requests[0]?.body.tools)).not.toContain('$defs');
  });
});
