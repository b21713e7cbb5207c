import { CarrelError, type OpenBrowserRequest } from '@carrel/sdk';
import { z } from 'zod';
import { about, browserId, look } from './pages.js';
import { answer, defined, lines, tool } from './tool.js';

const MOST_LISTED = 50;
/** Each link is made for the asking, and stands in the log of its browser. */
const MOST_LINKED = 10;
const SNAPSHOT_CHARS = 20_000;

export const BROWSER_TOOLS = [
  tool({
    name: 'open_browser',
    title: 'Open a browser',
    description:
      'Opens an isolated browser: it shares nothing with any other. Answers its id, which every other tool takes, and with `url` the page. Close it when done; it closes by itself when nothing happens for a while.',
    effect: 'act',
    input: z.strictObject({
      url: z.string().max(8_192).optional().describe('Where to go first.'),
      profileId: z.string().max(64).optional().describe('Begin as this profile was left: signed in. See `list_profiles`.'),
      persist: z.boolean().optional().describe('Save to the profile when it closes. One browser at a time may.'),
      endUserId: z.string().max(256).optional().describe('Whose browser it is: your name for the customer.'),
      kind: z.enum(['headless-shell', 'chromium']).optional().describe('`chromium` is the full browser. Default: headless-shell.'),
      proxies: z
        .union([z.literal(true), z.string().length(2)])
        .optional()
        .describe("Leave by the operator's proxy: any, or in a country (`de`)."),
      solveCaptchas: z.boolean().optional().describe('Give captchas to the solving service, else to a person by the live link.'),
      record: z.boolean().optional().describe('Record pictures and a timeline.'),
      idleTimeoutSeconds: z.number().int().optional().describe('Close it after so long without a call.'),
    }),
    run: async ({ url, profileId, persist, ...rest }, context) => {
      if (persist && profileId === undefined) throw new CarrelError('invalid_request', '`persist` needs a `profileId`.');
      const profile = profileId === undefined ? {} : { profile: { id: profileId, ...defined({ persist }) } };
      const request = { ...defined(rest), ...profile } as OpenBrowserRequest;
      const browser = await context.client.browsers.open(request, { ...context.call, keepAlive: false });
      try {
        if (url === undefined) return await about(browser, context);
        // The browser stays open when the page does not: its id has to be told all the same.
        const { success, message } = await browser.execute({ type: 'goto', url }, context.call);
        return success
          ? await look(browser, { maxChars: SNAPSHOT_CHARS }, context)
          : answer(lines(await about(browser, context), `Failed: ${message}`), true);
      } catch (error) {
        // Nobody is told its id, so that nobody could close it. When that fails too, what went wrong first says more, and the browser
        // closes when nothing has happened for a while.
        await browser.close().catch(() => {});
        throw error;
      }
    },
  }),
  tool({
    name: 'list_browsers',
    title: 'List browsers',
    description: `Lists the browsers of the project that are open, with live links of the first ${MOST_LINKED}.`,
    effect: 'read',
    input: z.strictObject({ endUserId: z.string().max(256).optional().describe('Only those of this end user.') }),
    run: async (query, { client, call, liveLink }) => {
      const { data } = await client.browsers.list({ ...defined(query), status: 'running', limit: MOST_LISTED }, call).page();
      if (data.length === 0) return 'No browser is open. `open_browser` opens one.';
      const links = await Promise.all(data.slice(0, MOST_LINKED).map(({ id }) => liveLink(id)));
      const open = data.map(({ id, kind, createdAt, endUserId, needsHuman }, index) =>
        [id, kind, `since ${createdAt}`, endUserId && `of ${endUserId}`, needsHuman && 'waits for a person', links[index]]
          .filter(Boolean)
          .join(' · '),
      );
      return lines(...open, data.length === MOST_LISTED && '… there may be more.');
    },
  }),
  tool({
    name: 'close_browser',
    title: 'Close a browser',
    description: 'Closes a browser. What it was to save to its profile is saved first; everything else of it is gone.',
    effect: 'end',
    input: z.strictObject({ browserId }),
    run: async ({ browserId }, { client, call }) => {
      const { status, profile } = await client.browsers.close(browserId, call);
      const isClosed = status === 'closing' || status === 'closed';
      return `Browser ${browserId} ${isClosed ? 'is closed' : `had ended before: ${status}`}.${profile?.persist ? ` Saved to profile ${profile.id}.` : ''}`;
    },
  }),
];
