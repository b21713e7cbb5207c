import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestBrowser } from '../../../browser/src/page/testing/test-browser.js';
import { answering, calling, inTurn } from '../testing/scripted-server.js';
import { dataOf, runScripted, startTurnBench, type TurnBench, turnPage } from '../testing/turn-bench.js';
import { HumanTimeout, TurnEnded } from '../turn.js';

describe('the end of a turn', () => {
  let bench: TurnBench;
  beforeAll(async () => {
    bench = await startTurnBench();
  });
  afterAll(() => bench?.[Symbol.asyncDispose]());

  it('should demand an answer when there are no steps left', async () => {
    const { outcome, server, events } = await runScripted(
      await bench.at('/'),
      (request, n) => (request.toolNames.length === 1 ? answering('what I know') : calling('scroll', { direction: 'down', amountPx: n })),
      { maxSteps: 2 },
    );
    expect(outcome).toEqual({ stopReason: 'max_steps', result: 'what I know', failure: null });
    expect(server.requests).toHaveLength(3);
    expect(server.requests[2]?.toolNames).toEqual(['done']);
    expect(server.requests[2]?.page).toContain('There are no steps left');
    expect(dataOf(events, 'step.finished')).toHaveLength(3);
  });

  it('should fail when the model gives no answer even then', async () => {
    const { outcome } = await runScripted(await bench.at('/'), (_, n) => calling('scroll', { direction: 'down', amountPx: n }), {
      maxSteps: 1,
    });
    expect(outcome).toMatchObject({
      stopReason: 'stalled',
      result: null,
      failure: { code: 'stalled', message: /no answer within 1 steps/ },
    });
  });

  it('should warn a model that goes in circles, and then end the turn', async () => {
    const { outcome, server } = await runScripted(await bench.at('/'), inTurn(calling('click', { ref: 'e424242' })), { maxSteps: 20 });
    expect(outcome).toMatchObject({ stopReason: 'stalled', result: null, failure: { code: 'stalled' } });
    expect(server.requests).toHaveLength(5);
    expect(server.requests[2]?.page).not.toContain('It does not help');
    expect(server.requests[3]?.page).toContain('It does not help');
  });

  it('should give the answer of a person to the model, and to nobody who reads what has happened', async () => {
    const script = inTurn(calling('ask_human', { question: 'The code?' }), answering('thank you'));
    const { outcome, events, server } = await runScripted(await bench.at('/'), script, {
      brief: { canAskHuman: true },
      askHuman: async () => 'code-814-223',
    });
    expect(outcome.result).toBe('thank you');
    expect(JSON.stringify(server.requests[1]?.body)).toContain('code-814-223');
    expect(dataOf(events, 'step.finished')[0]?.summary.msg).toBe('A person answered.');
    expect(JSON.stringify(events)).not.toContain('code-814-223');
  });

  it('should end when nobody answers', async () => {
    const { outcome } = await runScripted(await bench.at('/'), inTurn(calling('ask_human', { question: 'Hello?' })), {
      brief: { canAskHuman: true },
      askHuman: () => Promise.reject(new HumanTimeout('Nobody answered within 15 minutes.')),
    });
    expect(outcome).toEqual({
      stopReason: 'human_timeout',
      result: null,
      failure: { code: 'human_timeout', message: 'Nobody answered within 15 minutes.' },
    });
  });

  it('should end with what its signal says, in the middle of an answer of the model', async () => {
    const cancelled = { stopReason: 'cancelled', result: null, failure: null } as const;
    const controller = new AbortController();
    const { outcome, server } = await runScripted(
      await bench.at('/'),
      () => {
        setImmediate(() => controller.abort(new TurnEnded(cancelled)));
        return { hangs: true };
      },
      { signal: controller.signal },
    );
    expect(outcome).toEqual(cancelled);
    await server.requests[0]?.gone;
  });

  it('should end with what its signal says, in the middle of an action', async () => {
    const controller = new AbortController();
    const timeout = { stopReason: 'timeout', result: null, failure: { code: 'timeout', message: 'It took too long.' } } as const;
    const page = await bench.at('/');
    const { outcome } = await runScripted(
      {
        ...page,
        execute: (action, signal) => {
          const done = page.execute(action, signal);
          controller.abort(new TurnEnded(timeout));
          return done;
        },
      },
      inTurn(calling('wait', { text: 'never to be seen' })),
      { signal: controller.signal },
    );
    expect(outcome).toEqual(timeout);
  });

  it('should throw the reason of its signal when that is no end of a turn', async () => {
    const lost = new Error('the lease is lost');
    const controller = new AbortController();
    const run = runScripted(
      await bench.at('/'),
      () => {
        setImmediate(() => controller.abort(lost));
        return { hangs: true };
      },
      { signal: controller.signal },
    );
    await expect(run).rejects.toBe(lost);
  });

  it('should throw what its log throws, and do nothing more', async () => {
    const lost = new Error('the lease is lost');
    const run = runScripted(await bench.at('/'), inTurn(calling('navigate', { url: `${bench.site.origin}/kettles` })), {
      onEvent: async ({ type }) => {
        if (type === 'model.called') throw lost;
      },
    });
    await expect(run).rejects.toBe(lost);
    expect(bench.site.visits).not.toContain('/kettles');
  });
});

describe('a turn whose browser dies', () => {
  it('should fail and say so', async () => {
    await using browser = await startTestBrowser();
    const { outcome } = await runScripted(turnPage(browser.pages), async () => {
      await browser.kill();
      return calling('click', { ref: 'e2' });
    });
    expect(outcome).toMatchObject({ stopReason: 'error', result: null, failure: { code: 'browser_failed' } });
  });
});
