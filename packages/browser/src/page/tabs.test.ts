import { observeRequest } from '@carrel/protocol';
import { describe, expect, it } from 'vitest';
import { KINDS_IN_PROOF, scaled } from '../testing/scale.js';
import { MAX_TABS } from './tab.js';
import { startTestBrowser } from './testing/test-browser.js';

/** Beyond what it may have; in full, as many as somebody would ask for who means harm. */
const ASKED_FOR = scaled(70, 10_000);

describe.each(KINDS_IN_PROOF)('the tabs of %s', (kind) => {
  it('should let a page go on that opens a window, when nobody but the engine is there', async () => {
    await using browser = await startTestBrowser({ kind });
    const { id } = await browser.pages.openTab();
    const { sessionId } = await browser.other.send('Target.attachToTarget', { targetId: id, flatten: true });
    const expression = 'Boolean(open("about:blank"))';
    const answer = await browser.other.send('Runtime.evaluate', { expression, userGesture: true, returnByValue: true }, { sessionId });
    expect(answer.result.value).toBe(true);
    await expect.poll(() => browser.pages.tabs().length).toBe(3);
  });
});

describe('tabs that were open before anything was looked at', () => {
  it.each([1, 3])('should be told apart when there are %i more', async (more) => {
    await using browser = await startTestBrowser();
    const { pages } = browser;
    const tabIds = [pages.tabs()[0]?.id ?? ''];
    for (let n = 0; n < more; n++) tabIds.push((await pages.openTab(`data:text/html,<title>Tab ${n}</title><h1>Heading ${n}</h1>`)).id);
    await pages.closeTab(tabIds.shift() ?? '');
    for (const [n, tabId] of tabIds.entries()) {
      const seen = await pages.observe(observeRequest.parse({ tabId }));
      expect(seen.snapshot).toContain(`Heading ${n}`);
    }
  });
});

describe('a browser that is asked for more tabs than it may have', () => {
  it(
    'should close what a page opens beyond, say so, and go on',
    async () => {
      await using browser = await startTestBrowser();
      const { id } = await browser.pages.openTab();
      const { sessionId } = await browser.other.send('Target.attachToTarget', { targetId: id, flatten: true });
      // As a page does that is hostile to all but itself: one that opens all in one go stands still until they are there.
      const expression = `let asked = 0; const asking = setInterval(() => { open('about:blank'); if (++asked === ${ASKED_FOR}) clearInterval(asking); }, 10)`;
      await browser.other.send('Runtime.evaluate', { expression, userGesture: true }, { sessionId });
      const refusals = () => browser.events.filter(({ type }) => type === 'tab.refused');
      // The two that were there count too.
      await expect.poll(() => refusals().length, { timeout: ASKED_FOR * 1500 }).toBe(ASKED_FOR + 2 - MAX_TABS);
      expect(refusals()[0]?.data).toEqual({ maxTabs: MAX_TABS, openerTabId: id });
      const pagesThere = async () =>
        (await browser.other.send('Target.getTargets')).targetInfos.filter(({ type }) => type === 'page').length;
      await expect.poll(pagesThere, { timeout: 10_000 }).toBe(MAX_TABS);
      expect(browser.pages.tabs()).toHaveLength(MAX_TABS);

      await expect(browser.pages.openTab()).rejects.toMatchObject({ code: 'conflict' });
      const newTab = { type: 'newTab', waitUntil: 'load' } as const;
      expect(await browser.pages.execute(newTab)).toMatchObject({ success: false, failure: 'too_many_tabs' });
      await expect(browser.other.send('Target.createTarget', { url: 'about:blank' })).rejects.toThrow(/50 tabs open/);

      await browser.pages.closeTab(id);
      expect(await browser.pages.execute(newTab)).toMatchObject({ success: true });
    },
    ASKED_FOR * 400,
  );
});
