import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';
import { type Answered, NotteHttp } from './notte-http.js';

let server: TestServer;
let site: TestSite;
let notte: NotteHttp;

beforeAll(async () => {
  const pages: RequestListener = ({ url = '/' }, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(PAGES[url] ?? '<title>Nothing</title>');
  };
  [server, site] = await Promise.all([startTestServer(), startSite(pages)]);
  notte = new NotteHttp(server.url, server.apiKey);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
});

/** An ARIA list chooses what is clicked, as those of component libraries do. */
const PAGES: Readonly<Record<string, string>> = {
  '/lists': `<!doctype html><title>Lists</title>
<label>Country <select id="country"><option value="">Choose</option><option disabled>Atlantis<option>Germany<option>Peru, "x": y</select></label>
<label>Size <select id="size" size="2"><option>S<option>M</select></label>
<label>City <input role="combobox" aria-expanded="false"></label>
<div role="listbox" aria-label="Color" tabindex="0" onclick="
  for (const option of this.children) option.ariaSelected = String(option === event.target)">
<div role="option" aria-disabled="true">grey</div><div role="option">red</div><div role="option">blue</div></div>
<iframe srcdoc="<label>Inner <select><option>one<option>two</select></label>"></iframe>`,
  '/article': `<!doctype html><title>Article</title><nav><a href="/home">Home</a></nav>
<main><h1>Pears</h1><section class="part"><h2>First</h2><p>A <a href="/pear">[good] pear</a>.</p><div class="part">inner</div></section>
<section class="part"><h2>Second</h2><ul><li>one<li>two</ul><p><a href="/big"><img src="/pear.png" alt="A pear"></a></p></section></main>
<div id="host"></div><footer>Imprint</footer>
<script>host.attachShadow({ mode: 'open' }).innerHTML = '<p class="shadow">From the shadow</p>'</script>`,
};

/** A session that has gone to a page. */
async function at(path: string, options = {}): Promise<string> {
  const { session_id: id } = await notte.must('POST', '/sessions/start', { body: options });
  expect(await notte.execute(id, { type: 'goto', url: `${site.url}${path}` })).toMatchObject({ success: true });
  return id;
}

const stop = (id: string) => notte.must('DELETE', `/sessions/${id}/stop`);
const evaluated = async (id: string, code: string) => (await notte.execute(id, { type: 'evaluate_js', code })).data.markdown;

describe('the actions that an observation offers', () => {
  it('should be possible, in lists of every kind, closed and open, of HTML and of ARIA', async () => {
    const id = await at('/lists');
    const { space } = await notte.observe(id);
    const offered = space.interaction_actions.map(({ type, text_label: label, value }: Answered) => [type, label, value]);
    expect(offered).toEqual([
      ['select_dropdown_option', 'Country', 'Choose'],
      ['select_dropdown_option', 'Size', 'S'],
      ['fill', 'City', '<sample_value>'],
      ['select_dropdown_option', 'Color', 'red'],
      ['select_dropdown_option', 'Inner', 'one'],
    ]);
    for (const action of space.interaction_actions)
      expect(await notte.execute(id, action)).toMatchObject({ success: true, exception: null });
    expect(space.description).toMatch(
      /<select aria_label="Country"[\s\S]*<select aria_label="Size"[\s\S]*<input role="combobox" aria_label="City"/,
    );
    await stop(id);
  });

  it('should choose what is named, by the id of a list, and say so when there is no such option', async () => {
    const id = await at('/lists');
    const { space } = await notte.observe(id);
    const choose = (label: string, value: string) => {
      const { id: list } = space.interaction_actions.find(({ text_label }: Answered) => text_label === label);
      return notte.execute(id, { type: 'select_dropdown_option', id: list, value, timeout: 1_000 });
    };
    for (const [label, value] of [
      ['Country', 'Peru, "x": y'],
      ['Size', 'M'],
      ['Color', 'blue'],
    ] as const) {
      expect(await choose(label, value)).toMatchObject({ success: true });
    }
    expect(await evaluated(id, 'country.value + size.value + document.querySelector("[aria-selected=true]").textContent')).toBe(
      'Peru, "x": yMblue',
    );
    for (const label of ['Country', 'Color']) expect(await choose(label, 'nothing')).toMatchObject({ success: false });
    await stop(id);
  });
});

describe('scrape', () => {
  const scrape = (id: string, body = {}) => notte.must('POST', `/sessions/${id}/page/scrape`, { body });

  it('should make Markdown of all that a selector matches, once, with links or without', async () => {
    const id = await at('/article');
    const { markdown } = await scrape(id, { selector: '.part' });
    expect(markdown).toBe(
      `## First\n\nA [\\[good\\] pear](${site.url}/pear).\n\ninner\n\n## Second\n\n* one\n* two\n\n[![A pear](${site.url}/pear.png)](${site.url}/big)`,
    );
    expect((await scrape(id, { selector: '.part', scrape_links: false })).markdown).toBe(
      `## First\n\nA \\[good\\] pear.\n\ninner\n\n## Second\n\n* one\n* two\n\n![A pear](${site.url}/pear.png)`,
    );
    // Nothing is left out of what was asked for, and what is in shadow roots is found.
    expect((await scrape(id, { selector: 'nav, footer', only_main_content: true })).markdown).toBe(`[Home](${site.url}/home)\n\nImprint`);
    expect((await scrape(id, { selector: '.shadow' })).markdown).toBe('From the shadow');
    expect((await scrape(id, { selector: 'body' })).markdown).toBe((await scrape(id)).markdown);
    expect((await scrape(id, { selector: 'img', only_images: true })).images).toMatchObject([{ url: `${site.url}/pear.png` }]);
    expect((await scrape(id, { scrape_links: false })).markdown).not.toMatch(/\]\([^)]*(home|big|\/pear)\)/);
    await stop(id);
  });

  it('should fail as an answer when it is an action, and as an error when it is a call', async () => {
    const id = await at('/article');
    for (const [selector, words] of [
      ['.nope', /Nothing on the page matches/],
      ['p[', /not valid CSS/],
    ] as const) {
      expect(await notte.mustFail(400, 'POST', `/sessions/${id}/page/scrape`, { body: { selector } })).toMatch(words);
      expect(await notte.execute(id, { type: 'scrape', selector })).toMatchObject({
        success: false,
        message: expect.stringMatching(words),
        exception: expect.stringMatching(words),
        data: null,
      });
    }
    await stop(id);
  });

  it('should ask the model that is named, and say when the server does not have it', async () => {
    const id = await at('/article');
    const { structured } = await scrape(id, { instructions: 'Read the title.', model: 'nobody/nothing' });
    expect(structured).toMatchObject({ success: false, error: expect.stringMatching(/nobody\/nothing/) });
    await stop(id);
  });

  it('should obey in a session with a vault too, and refuse selectors, which would tell what is in a field', async () => {
    const { vault_id: vault } = await notte.must('POST', '/vaults/create', { body: {} });
    const id = await at('/article', { vault_id: vault });
    expect((await scrape(id)).markdown).toMatch(/Home[\s\S]*Pears[\s\S]*Imprint/);
    expect((await scrape(id, { only_main_content: true })).markdown).not.toContain('Imprint');
    expect((await scrape(id, { scrape_links: false })).markdown).not.toContain(`${site.url}/home`);
    expect((await scrape(id, { only_images: true })).images).toMatchObject([{ url: `${site.url}/pear.png` }]);
    expect(await notte.mustFail(422, 'POST', `/sessions/${id}/page/scrape`, { body: { selector: 'h1' } })).toMatch(/not by selectors/);
    expect(await notte.execute(id, { type: 'scrape', selector: 'h1' })).toMatchObject({ success: false });
    await stop(id);
  });
});
