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
};

/** A session that has gone to a page. */
async function at(path: string, options = {}): Promise<string> {
  const { session_id: id } = await notte.must('POST', '/sessions/start', { body: options });
  expect(await notte.execute(id, { type: 'goto', url: `${site.url}${path}` })).toMatchObject({ success: true });
  return id;
}

const stop = (id: string) => notte.must('DELETE', `/sessions/${id}/stop`);
const valueOf = async (id: string, code: string) => (await notte.execute(id, { type: 'evaluate_js', code })).data.markdown;

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
    for (const action of space.interaction_actions) expect(await notte.execute(id, action)).toMatchObject({ success: true, exception: null });
    expect(space.description).toMatch(/<select aria_label="Country"[\s\S]*<select aria_label="Size"[\s\S]*<input role="combobox" aria_label="City"/);
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
    expect(await valueOf(id, 'country.value + size.value + document.querySelector("[aria-selected=true]").textContent')).toBe('Peru, "x": yMblue');
    for (const label of ['Country', 'Color']) expect(await choose(label, 'nothing')).toMatchObject({ success: false });
    await stop(id);
  });
});
