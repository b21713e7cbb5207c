import { isHttp, navigableUrl, tabId } from '@carrel/protocol';
import { z } from 'zod';
import { failed, perform, succeeded, type ToolContext, tool } from './tool.js';

const MAX_WAIT_MS = 15_000;
const ref = z.string().min(1).max(64);

/** Whether the browser of the turn reaches a URL at all; what has no host needs no network. */
function refuse(url: string, { brief: { allowedDomains } }: ToolContext): string | null {
  if (allowedDomains === null || !isHttp(url)) return null;
  const { hostname, port, protocol } = new URL(url);
  const at = port || (protocol === 'https:' ? '443' : '80');
  const isAllowed = allowedDomains.some((domain) => {
    const [, name = '', wanted] = /^(.*?)(?::(\d+))?$/.exec(domain.toLowerCase()) ?? [];
    return (hostname === name || hostname.endsWith(`.${name}`)) && (wanted === undefined || wanted === at);
  });
  return isAllowed ? null : `${hostname} is outside of what this task may reach: only ${allowedDomains.join(', ')} and what is below.`;
}

/** What takes the browser elsewhere and changes nothing outside. */
export const MOVING_TOOLS = [
  tool('navigate', 'move', 'Opens a URL in the tab.', z.strictObject({ url: navigableUrl }), async ({ url }, context) => {
    const refusal = refuse(url, context);
    return refusal === null ? perform({ type: 'goto', url, waitUntil: 'load' }, context) : failed(refusal);
  }),
  tool('back', 'move', 'Goes back to the page before.', z.strictObject({}), (_, context) =>
    perform({ type: 'back', waitUntil: 'load' }, context),
  ),
  tool(
    'scroll',
    'move',
    'Scrolls the page or an element; with a ref and no direction, brings that element into view.',
    z
      .strictObject({
        direction: z.enum(['up', 'down', 'left', 'right']).optional(),
        ref: ref.optional(),
        amountPx: z.number().int().min(1).max(1_000_000).optional().describe('Default: most of a screenful.'),
      })
      .refine(({ direction, ref: element }) => direction !== undefined || element !== undefined, 'needs a `direction` or a `ref`'),
    (input, context) => perform({ type: 'scroll', ...input }, context),
  ),
  tool(
    'wait',
    'move',
    'Waits until a text can be seen, or for a time.',
    z
      .strictObject({
        text: z.string().min(1).max(1000).optional(),
        timeMs: z.number().int().min(0).max(MAX_WAIT_MS).optional(),
      })
      .refine(({ text, timeMs }) => (text === undefined) !== (timeMs === undefined), 'needs either `text` or `timeMs`'),
    (input, context) => perform({ type: 'wait', ...input }, context),
  ),
  tool(
    'tabs',
    'move',
    'Lists, opens, switches to or closes tabs. All other tools work on the active one.',
    z
      .strictObject({
        action: z.enum(['list', 'open', 'switch', 'close']),
        tabId: tabId.optional(),
        url: navigableUrl.optional().describe('For `open`.'),
      })
      .refine(({ action, tabId: id }) => action !== 'switch' || id !== undefined, '`switch` needs a `tabId`'),
    async ({ action, tabId: id, url }, context) => {
      if (action === 'list') return listTabs(context);
      if (action === 'switch') return perform({ type: 'switchTab', tabId: id ?? '' }, context);
      if (action === 'close') return perform({ type: 'closeTab', tabId: id }, context);
      const refusal = url === undefined ? null : refuse(url, context);
      return refusal === null ? perform({ type: 'newTab', url, waitUntil: 'load' }, context) : failed(refusal);
    },
  ),
];

function listTabs({ observation }: ToolContext) {
  const tabs = observation?.metadata.tabs ?? [];
  return succeeded(tabs.map((tab) => `${tab.id}${tab.active ? ' (active)' : ''}: ${tab.title} ${tab.url}`).join('\n'));
}
