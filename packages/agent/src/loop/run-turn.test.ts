import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answering, calling, inTurn } from '../testing/scripted-server.js';
import { dataOf, runScripted, startTurnBench, type TurnBench, turnPage } from '../testing/turn-bench.js';

describe('a turn', () => {
  let bench: TurnBench;
  beforeAll(async () => {
    bench = await startTurnBench();
  });
  afterAll(() => bench?.[Symbol.asyncDispose]());

  it('should do what the model decides, step by step, and end with its answer', async () => {
    const { outcome, events, server, firstActions } = await runScripted(
      await bench.at('/'),
      inTurn(
        (request) => ({ text: 'I open the kettles.', calls: [{ name: 'click', input: { ref: request.ref('link "Kettles"') } }] }),
        (request) => {
          expect(request.page).toContain('39.90');
          return answering('39.90');
        },
      ),
    );
    expect(outcome).toEqual({ stopReason: 'done', result: '39.90', failure: null });
    expect(firstActions).toBe(1);
    expect(events.map(({ type }) => type)).toEqual([
      ...['step.started', 'model.called', 'tool.called', 'step.finished'],
      ...['step.started', 'model.called', 'tool.called', 'step.finished'],
    ]);
    const [first, last] = dataOf(events, 'step.finished');
    expect(first).toMatchObject({
      step: 1,
      screenshot: null,
      summary: { n: 1, type: 'execution', success: true, url: `${bench.site.origin}/kettles`, tools: ['click'] },
      usage: [{ model: 'openai-compatible/scripted', calls: 1, inputTokens: 100, outputTokens: 10, costUsd: null }],
    });
    expect(last).toMatchObject({ summary: { type: 'planning', tools: ['done'] }, usage: [{ calls: 2, inputTokens: 200 }] });
    expect(server.requests[0]?.toolNames).toEqual(expect.arrayContaining(['navigate', 'click', 'fill', 'extract', 'search_page', 'done']));
    expect(server.requests[0]?.toolNames).not.toEqual(expect.arrayContaining(['ask_human']));
    expect(server.requests[0]?.toolNames).not.toContain('fill_credential');
    expect(server.requests[0]?.toolNames).not.toContain('screenshot');
  });

  it('should show the newest look only, beside what was done before', async () => {
    const { server } = await runScripted(
      await bench.at('/'),
      inTurn(
        (request) => ({ text: 'On I go.', calls: [{ name: 'click', input: { ref: request.ref('link "Kettles"') } }] }),
        answering('x'),
      ),
    );
    const second = JSON.stringify(server.requests[1]?.messages);
    expect(second).toContain('On I go.');
    expect(second).not.toContain('Press me');
    expect(second).toContain('Blue kettle');
  });

  it('should answer calls that make no sense to the model, and go on', async () => {
    const { outcome, server, firstActions } = await runScripted(
      await bench.at('/'),
      inTurn(
        calling('fly', { to: 'moon' }),
        calling('navigate', '{"url": "http://exa'),
        calling('click', { ref: 'e99999' }),
        calling('navigate', { url: 'file:///etc/passwd' }),
        answering('done'),
      ),
    );
    expect(outcome.stopReason).toBe('done');
    const results = server.requests.slice(1).map(({ results: [result] }) => result);
    expect(results[0]).toMatch(/^failed[\s\S]*There is no tool "fly"; there are: done, navigate/);
    expect(results[1]).toMatch(/^failed[\s\S]*The input of navigate is wrong/);
    expect(results[2]).toMatch(/^failed[\s\S]*e99999/);
    expect(results[3]).toMatch(/^failed[\s\S]*allowed are http/);
    expect(firstActions).toBe(1);
  });

  it('should leave out the calls after one that changed the page or failed', async () => {
    const page = await bench.at('/');
    const { server } = await runScripted(
      page,
      inTurn(
        (request) => ({
          calls: [
            { name: 'click', input: { ref: request.ref('link "Kettles"') } },
            { name: 'click', input: { ref: request.ref('button "Press me"') } },
          ],
        }),
        {
          calls: [
            { name: 'click', input: { ref: 'e9999' } },
            { name: 'done', input: { result: 'too early' } },
          ],
        },
        answering('now'),
      ),
    );
    expect(server.requests[1]?.results[1]).toMatch(/^failed[\s\S]*Left out: click has changed the page/);
    expect(server.requests[2]?.results[1]).toMatch(/^failed[\s\S]*Left out: click failed/);
  });

  it('should ask a model that only talks to call a tool', async () => {
    const { outcome, server } = await runScripted(
      await bench.at('/'),
      inTurn({ text: 'I think that it costs 39.90.' }, answering('39.90')),
    );
    expect(outcome.result).toBe('39.90');
    expect(server.requests[1]?.page).toContain('You called no tool');
  });

  it('should wait while it is paused, and go on after, knowing what came of it', async () => {
    const said: string[] = [];
    const { outcome, server } = await runScripted(
      await bench.at('/'),
      inTurn(calling('scroll', { direction: 'down' }), answering('after')),
      {
        whenNotPaused: async () => {
          said.push('asked whether it may go on');
          await new Promise((resolve) => setImmediate(resolve));
          said.push('resumed');
          return said.includes('step.finished') ? 'Nobody was there.' : null;
        },
        onEvent: async ({ type }) => {
          if (type === 'step.started' || type === 'step.finished') said.push(type);
        },
      },
    );
    expect(outcome.result).toBe('after');
    const step = ['asked whether it may go on', 'resumed', 'step.started', 'step.finished'];
    expect(said).toEqual([...step, ...step]);
    expect(server.requests.map(({ page }) => page.includes('Nobody was there.'))).toEqual([false, true]);
  });

  it('should tell a model that a page cannot be looked at, and let it go elsewhere', async () => {
    await bench.browser.pages.execute({ type: 'goto', url: `${bench.site.origin}/busy`, waitUntil: 'commit' });
    const { outcome, server } = await runScripted(
      turnPage(bench.browser.pages, {}, 1_500),
      inTurn(calling('tabs', { action: 'open', url: `${bench.site.origin}/kettles` }), (request) => {
        expect(request.page).toContain('Blue kettle');
        return answering('39.90');
      }),
    );
    expect(server.requests[0]?.page).toContain('The page could not be looked at (page_unresponsive)');
    expect(server.requests[0]?.page).toContain('There is nothing to see.');
    expect(outcome.result).toBe('39.90');
  });

  it('should ask a person and tell the model the answer', async () => {
    const questions: string[] = [];
    const { outcome, server, firstActions } = await runScripted(
      await bench.at('/'),
      inTurn(calling('ask_human', { question: 'Which colour?' }), answering('blue')),
      {
        brief: { canAskHuman: true },
        askHuman: async (question) => {
          questions.push(question);
          return 'The blue one, please';
        },
      },
    );
    expect(questions).toEqual(['Which colour?']);
    expect(server.requests[1]?.results).toEqual(['ok\nThe blue one, please']);
    expect(outcome.result).toBe('blue');
    expect(firstActions).toBe(0);
  });
});
