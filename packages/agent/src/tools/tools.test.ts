import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModel } from '../models/open-model.js';
import { answering, calling, callingAll, inTurn, startScriptedServer } from '../testing/scripted-server.js';
import { dataOf, runScripted, startTurnBench, type TurnBench, turnPage } from '../testing/turn-bench.js';

describe('the tools of a turn', () => {
  let bench: TurnBench;
  beforeAll(async () => {
    bench = await startTurnBench();
  });
  afterAll(() => bench?.[Symbol.asyncDispose]());

  it('should fill in a form with several calls in one step', async () => {
    const { outcome } = await runScripted(
      await bench.at('/form'),
      inTurn(
        (request) =>
          callingAll(
            ['fill', { ref: request.ref('textbox "Name"'), value: 'Ada' }],
            ['fill', { ref: request.ref('textbox "Mail"'), value: 'ada@example.com' }],
            ['click', { ref: request.ref('button "Send"') }],
          ),
        answering('sent'),
      ),
    );
    expect(outcome.result).toBe('sent');
    expect(bench.site.visits).toContain('/sent?name=Ada&mail=ada%40example.com');
  });

  it('should show a long page in parts that can be searched and turned', async () => {
    const { outcome } = await runScripted(
      await bench.at('/long'),
      inTurn(
        (request) => {
          expect(request.page).toContain('Part 1 of ');
          expect(request.page).not.toContain('needle');
          return callingAll(['search_page', { query: 'the needle' }], ['search_page', { query: 'unicorn' }], ['extract', { part: 2 }]);
        },
        (request) => {
          const [found, none, extracted] = request.results;
          expect(found).toMatch(/1 line has it:\n\[part (\d+) of \1\]\n[\s\S]*Paragraph number 2900 hides the needle/);
          expect(none).toMatch(/^failed[\s\S]*Nothing on the page has "unicorn"/);
          expect(extracted).toMatch(/part 2 of \d+/);
          return calling('read_page', { part: Number(/\[part (\d+)/.exec(found ?? '')?.[1]) });
        },
        (request) => {
          expect(request.page).toContain('hides the needle');
          expect(request.page).not.toContain('Paragraph number 17\n');
          return answering('2900');
        },
      ),
    );
    expect(outcome.result).toBe('2900');
  });

  it('should give the content of a page as text to read values from, with the schema that was asked for', async () => {
    const { server } = await runScripted(
      await bench.at('/kettles'),
      inTurn(calling('extract', { schema: '{"type":"object","properties":{"price":{"type":"number"}}}' }), answering('x')),
    );
    expect(server.requests[1]?.results[0]).toMatch(/fits this schema[\s\S]*"price"[\s\S]*Blue kettle[\s\S]*39\.90/);
  });

  it('should say that a dialog is open, and answer it', async () => {
    const { outcome } = await runScripted(
      await bench.at('/ask'),
      inTurn(
        (request) => calling('click', { ref: request.ref('button "Delete"') }),
        (request) => {
          expect(request.page).toContain('A dialog is open (confirm), answer it first: Really?');
          return calling('dialog', { accept: true });
        },
        (request) => {
          expect(request.page).toContain('Thank you');
          return answering('deleted');
        },
      ),
    );
    expect(outcome.result).toBe('deleted');
  });

  it('should open, list, switch and close tabs', async () => {
    const { outcome } = await runScripted(
      await bench.at('/'),
      inTurn(
        calling('tabs', { action: 'open', url: `${bench.site.origin}/kettles` }),
        (request) => {
          expect(request.page).toContain('Blue kettle');
          expect(request.page).toMatch(/Tabs:\n- [0-9A-F]{32}: \/ http/);
          return calling('tabs', { action: 'list' });
        },
        (request) => calling('tabs', { action: 'switch', tabId: /([0-9A-F]{32}): \/ http/.exec(request.results[0] ?? '')?.[1] ?? '' }),
        (request) => {
          expect(request.page).toContain('Press me');
          return calling('tabs', { action: 'close', tabId: /([0-9A-F]{32}): \/kettles/.exec(request.page)?.[1] ?? '' });
        },
        (request) => {
          expect(request.page).not.toContain('Tabs:');
          return answering('one tab');
        },
      ),
    );
    expect(outcome.result).toBe('one tab');
  });

  it('should refuse to go outside of the allowed domains before the browser does', async () => {
    const { server } = await runScripted(
      await bench.at('/'),
      inTurn(
        calling('navigate', { url: 'https://evil.example/?127.0.0.1' }),
        calling('navigate', { url: `${bench.site.origin}/kettles` }),
        calling('tabs', { action: 'open', url: 'http://127.0.0.1.evil.example/' }),
        answering('x'),
      ),
      { brief: { allowedDomains: ['127.0.0.1', 'example.com'] } },
    );
    expect(server.requests[0]?.system).toContain('127.0.0.1, example.com');
    expect(server.requests[1]?.results[0]).toMatch(/^failed[\s\S]*evil\.example is outside/);
    expect(server.requests[2]?.results[0]).toMatch(/^ok/);
    expect(server.requests[3]?.results[0]).toMatch(/^failed[\s\S]*127\.0\.0\.1\.evil\.example is outside/);
  });

  it('should fill in logins by their alias without the model learning a value', async () => {
    await bench.at('/login');
    const page = turnPage(bench.browser.pages, { shop: { username: 'ada', password: 'cAnArY-9f' } });
    const credentials = [
      { alias: 'shop', domain: '127.0.0.1', origins: [bench.site.origin], includeSubdomains: false, fields: ['username', 'password'] },
    ];
    const { server, events } = await runScripted(
      page,
      inTurn(
        (request) => calling('fill_credential', { alias: 'shop', field: 'password', ref: request.ref('textbox "Word"') }),
        (request) => calling('fill_credential', { alias: 'bank', field: 'password', ref: request.ref('textbox "Word"') }),
        (request) => calling('fill_credential', { alias: 'shop', field: 'totp', ref: request.ref('textbox "Word"') }),
        answering('signed in'),
      ),
      { brief: { credentials } },
    );
    const value = await bench.browser.pages.execute({ type: 'evaluate', expression: 'document.querySelector("[name=word]").value' });
    expect(value.value).toBe('cAnArY-9f');
    expect(server.requests[2]?.results[0]).toMatch(/^failed[\s\S]*There is no login bank; there are: shop/);
    expect(server.requests[3]?.results[0]).toMatch(/^failed[\s\S]*has no totp; it has: username, password/);
    expect(JSON.stringify(events)).not.toContain('cAnArY-9f');
  });

  it('should show pictures to a model that sees, and keep one of each step when asked to', async () => {
    const script = inTurn(calling('screenshot'), answering('seen'));
    await using server = await startScriptedServer(script);
    const { events } = await runScripted(await bench.at('/'), script, {
      models: [openModel('openai-compatible/scripted', { baseUrl: server.baseUrl, withoutVision: [] })],
      screenshots: true,
    });
    expect(server.requests[0]?.pictures).toHaveLength(1);
    expect(server.requests[0]?.pictures[0]).toMatch(/^data:image\/jpeg;base64,/);
    expect(server.requests[1]?.pictures).toHaveLength(2);
    const [first] = dataOf(events, 'step.finished');
    expect(first?.screenshot?.subarray(0, 3).toString('hex')).toBe('ffd8ff');
  });
});
