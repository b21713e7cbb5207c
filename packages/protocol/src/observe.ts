import { z } from 'zod';
import { dialog, image } from './actions.js';
import { box, imageFormat, jsonValue, tabId, timeoutMs } from './common.js';
import { tab } from './tabs.js';

export const observeRequest = z
  .strictObject({
    tabId: tabId.optional(),
    screenshot: z.boolean().default(false).describe('Add a jpeg of the viewport.'),
    markdown: z.boolean().default(false).describe('Add the main content as Markdown.'),
    maxSnapshotChars: z.number().int().min(1000).max(1_000_000).default(60_000).describe('Cut the snapshot at a line end near here.'),
    maxElements: z.number().int().min(1).max(10_000).default(500),
    timeoutMs: timeoutMs.default(15_000),
  })
  .meta({ id: 'ObserveRequest' });
export type ObserveRequest = z.infer<typeof observeRequest>;
export type ObserveRequestInput = z.input<typeof observeRequest>;

/** An element that an action can address. */
export const pageElement = z
  .object({
    ref: z.string().describe('Pass to `execute`. Holds until the next observation of this tab.'),
    role: z.string(),
    name: z.string(),
    value: z.string().optional(),
    states: z
      .array(
        z.enum([
          'checked',
          'mixed',
          'disabled',
          'expanded',
          'collapsed',
          'pressed',
          'selected',
          'active',
          'readonly',
          'required',
          'invalid',
        ]),
      )
      .optional()
      .describe('`active`: has the focus.'),
    url: z.string().optional().describe('Where a link leads.'),
    box: box.optional(),
  })
  .meta({ id: 'PageElement' });
export type PageElement = z.infer<typeof pageElement>;

/** What an agent sees. */
export const observation = z
  .object({
    metadata: z.object({
      url: z.string(),
      title: z.string(),
      tabId,
      tabs: z.array(tab),
      viewport: z.object({ width: z.number(), height: z.number() }).describe('CSS pixels.'),
      scroll: z
        .object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() })
        .describe('Position, and the size of all there is to scroll over, in CSS pixels.'),
    }),
    snapshot: z.string().describe('Accessibility tree of the page with refs, as YAML-like text.'),
    elements: z.array(pageElement).describe('The interactive elements, in document order.'),
    truncated: z
      .object({
        snapshotChars: z.number().int().describe('How many characters the whole snapshot has, when it was cut; else 0.'),
        elements: z.number().int().describe('How many elements were left out.'),
        markdownChars: z.number().int().describe('How many characters the whole Markdown has, when it was cut; else 0.'),
      })
      .describe('What was left out for size.'),
    dialog: dialog.optional().describe('An open dialog; the page stands still until it is answered, so that nothing else is seen.'),
    screenshot: image.optional(),
    markdown: z.string().optional(),
  })
  .meta({ id: 'Observation' });
export type Observation = z.infer<typeof observation>;

/** Where a field of `scrape` comes from. */
const field = z.strictObject({
  selector: z.string().min(1).max(8192).describe('CSS.'),
  attribute: z.string().max(255).optional().describe('An attribute of the element; default: its text.'),
  all: z.boolean().optional().describe('Every match as a list; default: the first, or null.'),
});
export type ScrapeField = z.infer<typeof field>;

export const scrapeRequest = z
  .strictObject({
    tabId: tabId.optional(),
    onlyMainContent: z.boolean().default(true).describe('Leave out navigation, footers and the like.'),
    links: z.boolean().default(true),
    fields: z
      .record(z.string().min(1).max(255), z.union([z.string().min(1).max(8192), field]))
      .optional()
      .describe('Name → CSS selector (or more).'),
    schema: z
      .record(z.string(), jsonValue)
      .optional()
      .describe(
        'JSON Schema whose properties say where they come from by `selector` (CSS) and `attribute`. An array of objects has its `selector` on the array.',
      ),
    maxChars: z.number().int().min(1000).max(10_000_000).default(200_000),
    timeoutMs: timeoutMs.default(15_000),
  })
  .meta({ id: 'ScrapeRequest' });
export type ScrapeRequest = z.infer<typeof scrapeRequest>;
export type ScrapeRequestInput = z.input<typeof scrapeRequest>;

export const scrapeResult = z
  .object({
    url: z.string(),
    title: z.string(),
    markdown: z.string(),
    truncatedChars: z.number().int().describe('How many characters of Markdown were left out.'),
    links: z.array(z.object({ text: z.string(), url: z.string() })),
    fields: z.record(z.string(), z.union([z.string(), z.null(), z.array(z.string())])).optional(),
    data: jsonValue.optional().describe('What `schema` asked for.'),
  })
  .meta({ id: 'ScrapeResult' });
export type ScrapeResult = z.infer<typeof scrapeResult>;

/** Chromium cannot draw surfaces that are larger on a side. */
export const MAX_PICTURE_SIDE_PX = 16_384;

export const screenshotRequest = z
  .strictObject({
    tabId: tabId.optional(),
    selector: z.string().min(1).max(8192).optional().describe('Only this element.'),
    ref: z.string().min(1).max(64).optional(),
    fullPage: z.boolean().default(false),
    format: imageFormat.default('png'),
    quality: z.number().int().min(0).max(100).optional().describe('For jpeg and webp.'),
    maxSidePx: z
      .number()
      .int()
      .min(1)
      .max(MAX_PICTURE_SIDE_PX)
      .optional()
      .describe(
        `How many pixels to show on a side at most; what lies to the right of them or below is left out. Default: ${MAX_PICTURE_SIDE_PX}, as many as can be drawn.`,
      ),
    timeoutMs: timeoutMs.default(15_000),
  })
  .refine(
    (value) => [value.selector, value.ref, value.fullPage || undefined].filter((x) => x !== undefined).length <= 1,
    'takes one of `selector`, `ref`, `fullPage`',
  )
  .refine((value) => value.quality === undefined || value.format !== 'png', '`quality` is for jpeg and webp')
  .meta({ id: 'ScreenshotRequest' });
export type ScreenshotRequest = z.infer<typeof screenshotRequest>;
export type ScreenshotRequestInput = z.input<typeof screenshotRequest>;

export const pdfRequest = z
  .strictObject({
    tabId: tabId.optional(),
    format: z.enum(['A3', 'A4', 'A5', 'Letter', 'Legal', 'Tabloid']).default('A4'),
    landscape: z.boolean().default(false),
    printBackground: z.boolean().default(true),
    scale: z.number().min(0.1).max(2).default(1),
    marginMm: z.number().min(0).max(100).default(10),
    pageRanges: z
      .string()
      .regex(/^\d+(-\d+)?(,\s*\d+(-\d+)?)*$/)
      .max(255)
      .optional()
      .describe('E.g. `1-3, 5`.'),
    timeoutMs: timeoutMs.default(30_000),
  })
  .meta({ id: 'PdfRequest' });
export type PdfRequest = z.infer<typeof pdfRequest>;
export type PdfRequestInput = z.input<typeof pdfRequest>;
