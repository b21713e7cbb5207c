import type { BrowserKind } from '@carrel/protocol';
import { describe, expect, it } from 'vitest';
import { startTestBrowser } from './testing/test-browser.js';

describe.each<BrowserKind>(['headless-shell', 'chromium'])('the tabs of %s', (kind) => {
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
