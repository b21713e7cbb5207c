import { type Action, type ActionResult, type Browser, CarrelError, type Observation } from '@carrel/sdk';
import { imageSize } from 'image-size';
import { z } from 'zod';
import { answer, defined, fromPage, lines, shortened, type ToolContext, tool } from './tool.js';

const DEFAULT_SNAPSHOT_CHARS = 20_000;
const DEFAULT_TEXT_CHARS = 30_000;
/** Of what a script returns. */
const MAX_VALUE_CHARS = 10_000;
const SCREENSHOT_QUALITY = 60;
/** What vendors of models take of a picture: so many pixels on a side, and so many characters of base64. */
const MAX_PICTURE_SIDE_PX = 8_000;
const MAX_PICTURE_CHARS = 5 * 1024 * 1024;
const BEYOND_PICTURE = `What lies beyond ${MAX_PICTURE_SIDE_PX} px is left out: scroll there, and take a picture of what is visible.`;

export const browserId = z.string().max(64).describe('Of the browser, `br_…`.');
const tabId = z.string().max(64).optional().describe('Default: the active tab.');
const maxChars = (standard: number) =>
  z.number().int().min(1_000).max(200_000).default(standard).describe(`How much text to answer at most. Default ${standard}.`);

/** Every type of action that `execute` of the API takes; for pictures there is a tool. */
const ACTION_TYPES = Object.keys({
  goto: true,
  back: true,
  forward: true,
  reload: true,
  click: true,
  doubleClick: true,
  hover: true,
  fill: true,
  type: true,
  press: true,
  select: true,
  check: true,
  uncheck: true,
  upload: true,
  download: true,
  drag: true,
  scroll: true,
  wait: true,
  newTab: true,
  switchTab: true,
  closeTab: true,
  evaluate: true,
  dialog: true,
} satisfies Record<Exclude<Action['type'], 'screenshot'>, true>) as Exclude<Action['type'], 'screenshot'>[];

/** Flat, where the API has a shape for each type: it takes a tenth of a model's attention, and what does not go together the API refuses. */
const actionInput = z.strictObject({
  browserId,
  type: z.enum(ACTION_TYPES).describe('What to do.'),
  ref: z.string().max(64).optional().describe('Of the element, from the last `observe`: `e12`. Or `selector`.'),
  selector: z.string().max(8_192).optional().describe('CSS, XPath (`//a`), `text=Sign in` or `role=button[name="Buy"]`.'),
  url: z.string().max(8_192).optional().describe('goto, newTab, download: where.'),
  value: z.string().max(1_000_000).optional().describe('fill: in place of what is there. Dates as 2026-11-22, times as 13:30.'),
  text: z.string().max(100_000).optional().describe('type: key by key. wait: until this is visible.'),
  key: z.string().max(64).optional().describe('press: `Enter`, `ArrowDown`, `Control+A`.'),
  values: z.array(z.string().max(8_192)).max(1_000).optional().describe('select: options by value or label.'),
  files: z.array(z.string().max(255)).max(100).optional().describe("upload: names of the browser's files."),
  toRef: z.string().max(64).optional().describe('drag: onto this.'),
  toSelector: z.string().max(8_192).optional(),
  direction: z.enum(['up', 'down', 'left', 'right']).optional().describe('scroll. Without it, the element comes into view.'),
  amountPx: z.number().int().optional().describe('scroll: how far. Default: most of a screenful.'),
  timeMs: z.number().int().optional().describe('wait: so long.'),
  state: z.enum(['visible', 'hidden', 'attached', 'detached']).optional().describe('wait: of the selector.'),
  loadState: z.enum(['domcontentloaded', 'load', 'networkidle']).optional().describe('wait.'),
  expression: z.string().max(1_000_000).optional().describe('evaluate: JavaScript; a promise is awaited.'),
  accept: z.boolean().optional().describe('dialog.'),
  promptText: z.string().max(100_000).optional().describe('dialog: into a prompt.'),
  tabId: z.string().max(64).optional().describe('switchTab, closeTab, or where to act. Default: the active tab.'),
  timeoutMs: z.number().int().optional().describe('Give up after this. Default 10000, for navigations 30000.'),
  observe: z.boolean().default(true).describe('Answer what the page is afterwards, with new refs. Default true.'),
  maxChars: maxChars(DEFAULT_SNAPSHOT_CHARS),
});

export const PAGE_TOOLS = [
  tool({
    name: 'observe',
    title: 'Look at the page',
    description:
      'Shows the page as a tree of what is on it. Elements have refs (`e12`) that `execute` takes; they hold until the next look.',
    effect: 'read',
    input: z.strictObject({ browserId, tabId, maxChars: maxChars(DEFAULT_SNAPSHOT_CHARS) }),
    run: async ({ browserId, ...request }, context) => look(await context.client.browsers.get(browserId, context.call), request, context),
  }),
  tool({
    name: 'execute',
    title: 'Act on the page',
    description:
      'Does one thing: goes to a URL, clicks, fills, types, presses, selects, scrolls, waits, opens and closes tabs, and so on. Each `type` takes the fields that name it. Answers what happened and what the page is then.',
    effect: 'act',
    input: actionInput,
    run: async ({ browserId, observe, maxChars, ...action }, context) => {
      const browser = await context.client.browsers.get(browserId, context.call);
      // Which fields go together the API knows, and says.
      const result = await browser.execute(action as Action, context.call);
      const seen = observe && result.changes.dialog === undefined ? look(browser, { tabId: undefined, maxChars }, context) : undefined;
      return answer(lines(outcome(result), (await seen) ?? (await about(browser, context))), !result.success);
    },
  }),
  tool({
    name: 'scrape',
    title: 'Read the page',
    description:
      'Reads the main content of the page as Markdown, and fields of it: by CSS selectors (`fields`), or by a JSON Schema whose properties have a `selector` (`schema`). With `url` instead of `browserId` it opens a browser for that page alone.',
    effect: 'read',
    input: z.strictObject({
      browserId: browserId.optional(),
      url: z.string().max(8_192).optional().describe('A page to open and read, in place of `browserId`.'),
      tabId,
      onlyMainContent: z.boolean().default(true).describe('Leave out navigation, footers and the like.'),
      fields: z.record(z.string(), z.string()).optional().describe('Name → CSS selector.'),
      schema: z.record(z.string(), z.unknown()).optional().describe('JSON Schema with `selector`s.'),
      maxChars: maxChars(DEFAULT_TEXT_CHARS),
    }),
    run: async ({ browserId, url, ...request }, context) => {
      if ((browserId === undefined) === (url === undefined)) throw new CarrelError('invalid_request', 'Give either `browserId` or `url`.');
      if (browserId !== undefined) {
        const browser = await context.client.browsers.get(browserId, context.call);
        const text = await read(browser, request, context);
        return lines(await about(browser, context), text);
      }
      const browser = await context.client.browsers.open({}, { ...context.call, keepAlive: false });
      try {
        const result = await browser.execute({ type: 'goto', url: url ?? '' }, context.call);
        return result.success ? await read(browser, request, context) : answer(outcome(result), true);
      } finally {
        await browser.close();
      }
    },
  }),
  tool({
    name: 'screenshot',
    title: 'Take a picture',
    description: 'Takes a picture of what is visible, of the whole page or of one element. `observe` costs less and says where things are.',
    effect: 'read',
    input: z.strictObject({
      browserId,
      tabId,
      fullPage: z.boolean().default(false),
      ref: z.string().max(64).optional().describe('Only this element.'),
    }),
    run: async ({ browserId, ...request }, context) => {
      const browser = await context.client.browsers.get(browserId, context.call);
      const { ref, fullPage, ...rest } = request;
      const place = ref === undefined ? { fullPage } : { ref };
      const picture = await browser.screenshot(
        { ...defined(rest), ...place, format: 'jpeg', quality: SCREENSHOT_QUALITY, maxSidePx: MAX_PICTURE_SIDE_PX },
        context.call,
      );
      const text = await about(browser, context);
      const data = Buffer.from(picture).toString('base64');
      if (data.length > MAX_PICTURE_CHARS) {
        return answer(lines('Failed: the picture is too large for a model. Take one of what is visible, or of an element.', text), true);
      }
      const { width, height } = imageSize(picture);
      const isCut = Math.max(width, height) >= MAX_PICTURE_SIDE_PX;
      return {
        content: [
          { type: 'image', data, mimeType: 'image/jpeg' },
          { type: 'text', text: lines(`${width}×${height} px.${isCut ? ` ${BEYOND_PICTURE}` : ''}`, text) },
        ],
      };
    },
  }),
];

/** A browser in lines: which it is, whom it waits for, and where a person sees it. */
export async function about(browser: Pick<Browser, 'id' | 'info'>, { liveLink }: ToolContext): Promise<string> {
  const { status, needsHuman, warnings } = browser.info;
  const link = status === 'running' ? await liveLink(browser.id) : null;
  return lines(
    `Browser ${browser.id}: ${status}.`,
    needsHuman && `It waits for a person until ${needsHuman.expiresAt}: ${needsHuman.message}`,
    ...warnings.map((warning) => `Note: ${warning}`),
    link && `Live view, where a person can watch, help and take over: ${link}`,
  );
}

/** What an agent sees of the page now. */
export async function look(
  browser: Browser,
  { tabId, maxChars }: { tabId?: string | undefined; maxChars: number },
  context: ToolContext,
): Promise<string> {
  const seen = await browser.observe({ ...defined({ tabId }), maxSnapshotChars: maxChars }, context.call);
  return lines(await about(browser, context), fromPage('page', lines(whereItIs(seen), snapshotOf(seen))));
}

function whereItIs({ metadata: { url, title, tabs, scroll, viewport }, dialog }: Observation): string {
  const below = Math.round(scroll.height - viewport.height - scroll.y);
  return lines(
    `URL: ${url}`,
    `Title: ${title}`,
    tabs.length > 1 && `Tabs: ${tabs.map((tab) => `${tab.id}${tab.active ? ' (active)' : ''} ${tab.url}`).join(' · ')}`,
    below > 1 && `Below what is visible: ${below} px.`,
    dialog && `A dialog is open (${dialog.type}): ${dialog.message}\nAnswer it with \`execute\`, type \`dialog\`.`,
  );
}

function snapshotOf({ snapshot, truncated }: Observation): string {
  if (truncated.snapshotChars === 0) return snapshot;
  return `${snapshot}\n… the whole page has ${truncated.snapshotChars} characters: ask with a larger \`maxChars\`, or \`scrape\`.`;
}

/** What an action did. */
function outcome({ success, message, url, title, changes, value, file }: ActionResult): string {
  const { newTabs = [], closedTabs = [], downloads = [], dialog } = changes;
  return lines(
    `${success ? 'Done' : 'Failed'}: ${message}`,
    fromPage(
      'afterwards',
      lines(
        `URL: ${url}`,
        `Title: ${title}`,
        ...newTabs.map((tab) => `New tab ${tab.id}: ${tab.url}`),
        ...closedTabs.map((id) => `Tab ${id} has closed.`),
        ...[...downloads, ...(file === undefined ? [] : [file])].map(({ name, sizeBytes }) => `Downloaded ${name}, ${sizeBytes} bytes.`),
        dialog && `A dialog is open (${dialog.type}): ${dialog.message}`,
        value !== undefined && `Value: ${shortened(JSON.stringify(value, null, 1), MAX_VALUE_CHARS, 'Return less.')}`,
      ),
    ),
  );
}

interface ReadRequest {
  tabId?: string | undefined;
  onlyMainContent: boolean;
  fields?: Record<string, string> | undefined;
  schema?: Record<string, unknown> | undefined;
  maxChars: number;
}

async function read(browser: Browser, request: ReadRequest, context: ToolContext): Promise<string> {
  const { maxChars, ...rest } = request;
  const page = await browser.scrape({ ...(defined(rest) as object), maxChars, links: false }, context.call);
  const found = page.data ?? page.fields;
  return fromPage(
    'page',
    lines(
      `URL: ${page.url}`,
      `Title: ${page.title}`,
      found !== undefined && `Found: ${shortened(JSON.stringify(found, null, 1), maxChars, 'Ask for less.')}`,
      (request.fields ?? request.schema) === undefined && page.markdown,
      page.truncatedChars > 0 && `… ${page.truncatedChars} more characters: ask with a larger \`maxChars\`.`,
    ),
  );
}
