import { describe, expect, it } from 'vitest';
import { MAX_EVENTS_PER_WINDOW } from './event-cap.js';
import { startDrive } from './testing/drive.js';

/** Of one page, Chromium itself stops changes of its URL at 200 in ten seconds. */
const CHANGES = 180;

describe('the log of a browser', () => {
  it('should not be filled by pages, and say how much was left out', async () => {
    const drive = await startDrive();
    const typed = (type: string) => drive.browser.events.filter((event) => event.type === type);
    try {
      for (const path of ['/form.html', '/downloads.html']) {
        await drive.done({ type: 'newTab', url: drive.site.origin + path });
        await drive.done({ type: 'evaluate', expression: `{ for (let n = 1; n <= ${CHANGES}; n++) history.pushState(0, '', '#' + n); }` });
        await expect.poll(() => drive.browser.pages.tabs().at(-1)?.url).toMatch(`#${CHANGES}`);
      }
      expect(typed('tab.navigated')).toHaveLength(MAX_EVENTS_PER_WINDOW);
    } finally {
      await drive[Symbol.asyncDispose]();
    }
    expect(typed('events.omitted')).toMatchObject([{ data: { type: 'tab.navigated' } }]);
    expect(typed('events.omitted')[0]?.data.count).toBeGreaterThanOrEqual(2 * CHANGES - MAX_EVENTS_PER_WINDOW);
  });
});
