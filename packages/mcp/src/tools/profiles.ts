import { CarrelError } from '@carrel/sdk';
import { z } from 'zod';
import { browserId } from './pages.js';
import { defined, fromPage, lines, tool } from './tool.js';

const MOST_LISTED = 50;
const MOST_ORIGINS = 100;

const profileId = z.string().max(64).describe('Of the profile, `pf_…`.');

export const PROFILE_TOOLS = [
  tool({
    name: 'list_profiles',
    title: 'List profiles',
    description: 'Lists the profiles: kept states of browsers, such as being signed in. `open_browser` begins with one.',
    effect: 'read',
    input: z.strictObject({ endUserId: z.string().max(256).optional().describe('Only those of this end user.') }),
    run: async (query, { client, call }) => {
      const { data } = await client.profiles.list({ ...defined(query), limit: MOST_LISTED }, call).page();
      if (data.length === 0) return 'There is no profile. `create_profile` makes one.';
      const all = data.map(({ id, name, endUserId, currentVersion, updatedAt }) =>
        [id, name, endUserId && `of ${endUserId}`, currentVersion === null ? 'empty' : `version ${currentVersion}`, updatedAt]
          .filter(Boolean)
          .join(' · '),
      );
      return lines(...all, data.length === MOST_LISTED && '… there may be more.');
    },
  }),
  tool({
    name: 'create_profile',
    title: 'Make a profile',
    description: 'Makes an empty profile. Open a browser with it and `persist`, and what that browser is when it closes is kept.',
    effect: 'act',
    input: z.strictObject({
      name: z.string().max(200).optional(),
      endUserId: z.string().max(256).optional().describe('Whose it is; nobody else’s browser can use it.'),
    }),
    run: async (request, { client, call }) => {
      const { id, name } = await client.profiles.create(defined(request), call);
      return `Profile ${id}${name === null ? '' : ` (${name})`} is there, and empty.`;
    },
  }),
  tool({
    name: 'show_profile',
    title: 'Show a profile',
    description: 'Shows what a profile keeps: sites, and how much of each, never what.',
    effect: 'read',
    input: z.strictObject({ profileId }),
    run: async ({ profileId }, { client, call }) => {
      const { id, name, currentVersion: version, sizeBytes } = await client.profiles.get(profileId, call);
      if (version === null) return `Profile ${id} is empty.`;
      const { origins, cookies } = await client.profiles.contents(profileId, {}, call);
      const sites = [...new Set([...cookies.map(({ domain }) => domain), ...origins.map(({ origin }) => origin)])];
      return lines(
        `Profile ${id}${name === null ? '' : ` (${name})`}: version ${version}, ${sizeBytes} bytes.`,
        fromPage('sites', lines(...sites.slice(0, MOST_ORIGINS))),
        sites.length > MOST_ORIGINS && `… and ${sites.length - MOST_ORIGINS} more.`,
      );
    },
  }),
  tool({
    name: 'save_profile',
    title: 'Save to the profile now',
    description: 'Saves what a browser is to its profile while it goes on. It must have been opened with `persist`.',
    effect: 'act',
    input: z.strictObject({ browserId }),
    run: async ({ browserId }, { client, call }) => {
      const browser = await client.browsers.get(browserId, call);
      // The API says so too, in the words of its own fields.
      if (browser.info.profile?.persist !== true) {
        throw new CarrelError('conflict', `Browser ${browserId} saves to no profile: open one with \`profileId\`, and \`persist\` true.`);
      }
      const { version } = await browser.checkpoint(call);
      return `Saved as version ${version}.`;
    },
  }),
];
