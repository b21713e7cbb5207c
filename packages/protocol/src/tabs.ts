import { z } from 'zod';
import { navigableUrl, tabId } from './common.js';

/** A page in a browser. Tabs of one browser share its storage. */
export const tab = z
  .object({
    id: tabId,
    url: z.string(),
    title: z.string(),
    active: z.boolean().describe('Whether calls that name no tab go to this one.'),
  })
  .meta({ id: 'Tab' });
export type Tab = z.infer<typeof tab>;

export const newTabRequest = z.strictObject({ url: navigableUrl.optional().describe('Where to go; about:blank when left out.') });
