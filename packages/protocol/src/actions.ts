import { z } from 'zod';
import { imageFormat, jsonValue, navigableUrl, tabId, timeoutMs } from './common.js';
import { browserFile, fileName } from './files.js';
import { tab } from './tabs.js';

const ref = z
  .string()
  .min(1)
  .max(64)
  .describe('Ref of an element in the last observation, e.g. `e12`. Stale or unknown refs fail at once.');
const selector = z
  .string()
  .min(1)
  .max(8192)
  .describe('CSS (`#id`), XPath (`//a`), text (`text=Sign in`) or role (`role=button[name="Buy"]`).');

const common = {
  tabId: tabId.optional(),
  timeoutMs: timeoutMs.optional().describe('Give up after this many milliseconds. Default 10000, for navigations 30000.'),
};
const place = { ref: ref.optional(), selector: selector.optional() };
const waitUntil = z
  .enum(['commit', 'domcontentloaded', 'load', 'networkidle'])
  .default('load')
  .describe('When the navigation counts as done.');

type Place = { ref?: string | undefined; selector?: string | undefined };
const onePlace = (value: Place) => (value.ref === undefined) !== (value.selector === undefined);
const atMostOnePlace = (value: Place) => value.ref === undefined || value.selector === undefined;
const NEEDS_PLACE = 'needs either `ref` or `selector`';
const ONE_PLACE = 'takes `ref` or `selector`, not both';

const onElement = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.strictObject({ type: z.literal(type), ...place, ...shape, ...common }).refine((value) => onePlace(value as Place), NEEDS_PLACE);
const maybeOnElement = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.strictObject({ type: z.literal(type), ...place, ...shape, ...common }).refine((value) => atMostOnePlace(value as Place), ONE_PLACE);

const modifiers = z
  .array(z.enum(['Alt', 'Control', 'Meta', 'Shift']))
  .max(4)
  .optional();
const clickOptions = {
  button: z.enum(['left', 'middle', 'right']).optional(),
  modifiers,
  position: z
    .strictObject({ x: z.number(), y: z.number() })
    .optional()
    .describe('Where in the element, in CSS pixels from its top left corner. Default: its middle.'),
};

const inlineFile = z.strictObject({
  name: fileName,
  contentBase64: z.base64().describe('The content, base64.'),
  mimeType: z.string().max(255).optional(),
});

/** Everything `execute` can do. One object a call; `type` says which. */
export const action = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('goto'), url: navigableUrl, waitUntil, ...common }),
    z.strictObject({ type: z.literal('back'), waitUntil, ...common }),
    z.strictObject({ type: z.literal('forward'), waitUntil, ...common }),
    z.strictObject({ type: z.literal('reload'), waitUntil, ...common }),
    onElement('click', clickOptions),
    onElement('doubleClick', clickOptions),
    onElement('hover', { modifiers, position: clickOptions.position }),
    onElement('fill', {
      value: z
        .string()
        .max(1_000_000)
        .describe('Replaces what is there. Dates as `2026-11-22`, times as `13:30`, colours as `#aabbcc`, ranges as a number.'),
    }),
    maybeOnElement('type', {
      text: z.string().max(100_000).describe('Typed key by key at the caret; into the focused element when no element is named.'),
      delayMs: z.number().int().min(0).max(1000).optional().describe('Pause between keys.'),
    }),
    maybeOnElement('press', { key: z.string().min(1).max(64).describe('A key or chord: `Enter`, `ArrowDown`, `Control+A`.') }),
    onElement('select', {
      values: z.array(z.string().max(8192)).min(1).max(1000).describe('Options of a `<select>`, each by its value or its label.'),
    }),
    onElement('check', {}),
    onElement('uncheck', {}),
    onElement('upload', {
      files: z
        .array(z.union([fileName.describe("The name of one of the browser's files."), inlineFile]))
        .max(100)
        .describe('For a file input, or whatever opens a file chooser when clicked. An empty list clears the input.'),
    }),
    z
      .strictObject({ type: z.literal('download'), ...place, url: navigableUrl.optional(), ...common })
      .refine(
        (value) => [value.ref, value.selector, value.url].filter((x) => x !== undefined).length === 1,
        'needs one of `ref`, `selector`, `url`',
      ),
    z
      .strictObject({
        type: z.literal('drag'),
        ...place,
        toRef: ref.optional(),
        toSelector: selector.optional(),
        ...common,
      })
      .refine(onePlace, NEEDS_PLACE)
      .refine((value) => (value.toRef === undefined) !== (value.toSelector === undefined), 'needs either `toRef` or `toSelector`'),
    maybeOnElement('scroll', {
      direction: z.enum(['up', 'down', 'left', 'right']).optional().describe('Without it, the named element is scrolled into view.'),
      amountPx: z.number().int().min(1).max(1_000_000).optional().describe('Default: most of a screenful.'),
    }).refine(
      (value) => value.direction !== undefined || value.ref !== undefined || value.selector !== undefined,
      'needs a `direction`, or an element to bring into view',
    ),
    z
      .strictObject({
        type: z.literal('wait'),
        timeMs: z.number().int().min(0).max(300_000).optional(),
        selector: selector.optional(),
        state: z.enum(['visible', 'hidden', 'attached', 'detached']).optional().describe('Of the selector. Default: visible.'),
        text: z.string().min(1).max(8192).optional().describe('Until this text is visible.'),
        loadState: z.enum(['domcontentloaded', 'load', 'networkidle']).optional(),
        ...common,
      })
      .refine(
        (value) => [value.timeMs, value.selector, value.text, value.loadState].filter((x) => x !== undefined).length === 1,
        'needs exactly one of `timeMs`, `selector`, `text`, `loadState`',
      )
      .refine((value) => value.state === undefined || value.selector !== undefined, '`state` goes with `selector`'),
    z.strictObject({ type: z.literal('newTab'), url: navigableUrl.optional(), waitUntil, timeoutMs: common.timeoutMs }),
    z.strictObject({ type: z.literal('switchTab'), tabId }),
    z.strictObject({ type: z.literal('closeTab'), tabId: tabId.optional() }),
    z.strictObject({
      type: z.literal('evaluate'),
      expression: z.string().min(1).max(1_000_000).describe('JavaScript; a promise is awaited. A function is called with `arg`.'),
      arg: jsonValue.optional(),
      ...common,
    }),
    z.strictObject({
      type: z.literal('dialog'),
      accept: z.boolean(),
      promptText: z.string().max(100_000).optional().describe('What to enter in a prompt.'),
      tabId: tabId.optional(),
    }),
    maybeOnElement('screenshot', {
      fullPage: z.boolean().optional(),
      format: imageFormat.default('png'),
      quality: z.number().int().min(0).max(100).optional().describe('For jpeg and webp.'),
    }),
  ])
  .meta({ id: 'Action' });
export type Action = z.infer<typeof action>;
/** An action as a caller writes it, defaults left out. */
export type ActionInput = z.input<typeof action>;
export type ActionType = Action['type'];

/** Why an action failed. */
export const ACTION_FAILURES = {
  unknown_ref: 'The ref is not in the last observation of this tab: observe again.',
  stale_ref: 'The element of this ref has gone from the page: observe again.',
  not_found: 'Nothing on the page matches the selector.',
  ambiguous: 'The selector matches several elements.',
  not_actionable: 'The element is there but cannot take the action (hidden, disabled, covered, of another kind).',
  timeout: 'The time given was not enough.',
  navigation_failed: 'The page could not be loaded.',
  blocked_url: 'This URL may not be opened.',
  dialog_open: 'A dialog is open and must be answered first, by an action of type `dialog`.',
  no_dialog: 'There is no dialog to answer.',
  no_history: 'There is no page to go back or forward to.',
  tab_not_found: 'There is no tab with this id.',
  too_many_tabs: 'The browser has as many tabs open as it may: close one first.',
  file_not_found: 'The browser has no file with this name.',
  download_failed: 'The download did not start or was cut off.',
  script_error: 'The script threw.',
  page_crashed: 'The page crashed.',
} as const;
export type ActionFailure = keyof typeof ACTION_FAILURES;

/** A dialog that a page opened and nobody has answered yet. */
export const dialog = z
  .object({
    type: z.enum(['alert', 'confirm', 'prompt', 'beforeunload']),
    message: z.string(),
    defaultValue: z.string().optional(),
  })
  .meta({ id: 'Dialog' });
export type Dialog = z.infer<typeof dialog>;

export const image = z
  .object({ format: imageFormat, width: z.number().int(), height: z.number().int(), base64: z.string() })
  .meta({ id: 'Image' });
export type Image = z.infer<typeof image>;

/** What one action did. A failed action is an answer too: HTTP 200 with `success: false`. */
export const actionResult = z
  .object({
    success: z.boolean(),
    type: z.string().describe('The action.'),
    message: z.string().describe('What happened, in a sentence; on failure, what to do.'),
    failure: z.enum(Object.keys(ACTION_FAILURES) as [ActionFailure, ...ActionFailure[]]).optional(),
    tabId: tabId.describe('The tab it ran in; for newTab and switchTab, the tab that is active now.'),
    url: z.string().describe('URL of that tab afterwards.'),
    title: z.string(),
    durationMs: z.number(),
    changes: z
      .object({
        url: z.object({ from: z.string(), to: z.string() }).optional().describe('The tab went somewhere else.'),
        newTabs: z.array(tab).optional(),
        closedTabs: z.array(tabId).optional(),
        downloads: z.array(browserFile).optional().describe('Downloads that finished meanwhile.'),
        dialog: dialog.optional().describe('A dialog that is open now; answer it with an action of type `dialog`.'),
      })
      .describe('What else changed.'),
    value: jsonValue.optional().describe('Result of `evaluate`.'),
    file: browserFile.optional().describe('Result of `download`.'),
    screenshot: image.optional().describe('Result of `screenshot`.'),
  })
  .meta({ id: 'ActionResult' });
export type ActionResult = z.infer<typeof actionResult>;
