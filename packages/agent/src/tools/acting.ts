import { navigableUrl } from '@carrel/protocol';
import { z } from 'zod';
import { failed, perform, told, tool } from './tool.js';

const ref = z.string().min(1).max(64).describe('E.g. e12, from the newest look at the page.');

/** What may change something outside of the browser. */
export const ACTING_TOOLS = [
  tool(
    'click',
    'act',
    'Clicks an element.',
    z.strictObject({ ref, double: z.boolean().optional().describe('Twice.') }),
    ({ ref: element, double }, context) => perform({ type: double ? 'doubleClick' : 'click', ref: element }, context),
  ),
  tool(
    'fill',
    'act',
    'Puts a value into a field in place of what is there. Dates as 2026-11-22, times as 13:30.',
    z.strictObject({ ref, value: z.string().max(100_000) }),
    (input, context) => perform({ type: 'fill', ...input }, context),
  ),
  tool(
    'select',
    'act',
    'Chooses options of a `<select>` (combobox or listbox), each by its value or its label.',
    z.strictObject({ ref, values: z.array(z.string().max(8192)).min(1).max(1000) }),
    (input, context) => perform({ type: 'select', ...input }, context),
  ),
  tool(
    'check',
    'act',
    'Checks a checkbox, radio button or switch, or takes the check away.',
    z.strictObject({ ref, checked: z.boolean().default(true) }),
    ({ ref: element, checked }, context) => perform({ type: checked ? 'check' : 'uncheck', ref: element }, context),
  ),
  tool(
    'press',
    'act',
    'Presses a key or chord such as Enter, Escape, ArrowDown or Control+A.',
    z.strictObject({ key: z.string().min(1).max(64), ref: ref.optional().describe('Default: what has the focus.') }),
    (input, context) => perform({ type: 'press', ...input }, context),
  ),
  tool(
    'type',
    'act',
    'Types text key by key, where a page reacts to keys; else use `fill`.',
    z.strictObject({ text: z.string().max(10_000), ref: ref.optional().describe('Default: what has the focus.') }),
    (input, context) => perform({ type: 'type', ...input }, context),
  ),
  tool(
    'dialog',
    'act',
    'Answers the dialog that is open.',
    z.strictObject({ accept: z.boolean(), promptText: z.string().max(10_000).optional() }),
    (input, context) => perform({ type: 'dialog', ...input }, context),
  ),
  tool(
    'download',
    'act',
    'Downloads a file: what an element leads to, or a URL.',
    z
      .strictObject({ ref: ref.optional(), url: navigableUrl.optional() })
      .refine((input) => (input.ref === undefined) !== (input.url === undefined), 'needs either `ref` or `url`'),
    (input, context) => perform({ type: 'download', ...input }, context),
  ),
];

/** Only where there are logins. */
export const FILL_CREDENTIAL_TOOL = tool(
  'fill_credential',
  'act',
  'Fills a field of a login into an element, without your seeing it. Works on the site of the login only.',
  z.strictObject({
    alias: z.string().min(1).max(256).describe('Of the login.'),
    field: z.string().min(1).max(256).describe('`username`, `password`, `totp`, or another field that the login has.'),
    ref,
  }),
  async (request, { brief, page, signal }) => {
    const login = brief.credentials.find(({ alias }) => alias === request.alias);
    if (login === undefined)
      return failed(`There is no login ${request.alias}; there are: ${brief.credentials.map(({ alias }) => alias).join(', ')}.`);
    if (!login.fields.includes(request.field))
      return failed(`The login ${request.alias} has no ${request.field}; it has: ${login.fields.join(', ')}.`);
    return told(await page.fillCredential(request, signal));
  },
);
