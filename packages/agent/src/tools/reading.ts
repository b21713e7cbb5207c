import { z } from 'zod';
import { splitAtLineEnds } from './page-text.js';
import { failed, perform, succeeded, tool } from './tool.js';

const part = z.number().int().min(1).max(10_000);

/** What looks, and leaves everything as it is. */
export const READING_TOOLS = [
  tool(
    'search_page',
    'read',
    'Finds text in the whole page, also in the parts that are not shown: the lines that have all of the words, with their refs.',
    z.strictObject({ query: z.string().min(1).max(500).describe('Words.') }),
    async ({ query }, { text }) => {
      const { matches, total } = text.search(query);
      if (total === 0) return failed(`Nothing on the page has ${JSON.stringify(query)}.`);
      const { parts } = text.shown;
      const places = matches.map((match) => `[part ${match.part} of ${parts}]\n${match.text}`);
      return succeeded(`${total} ${total === 1 ? 'line has' : 'lines have'} it:\n${places.join('\n')}`);
    },
  ),
  tool(
    'read_page',
    'read',
    'Shows another part of a long page: from the next step on you see that part.',
    z.strictObject({ part: part.describe('From 1.') }),
    async ({ part: wanted }, { text }) => {
      const { parts } = text.shown;
      if (!text.show(wanted)) return failed(`The page has ${parts} ${parts === 1 ? 'part' : 'parts'}; there is no part ${wanted}.`);
      return succeeded(`Part ${wanted} of ${parts} is shown from now on.`);
    },
  ),
  tool(
    'extract',
    'read',
    'Gives the main content of the page as Markdown, to read values from: better than the tree for tables, lists and long texts.',
    z.strictObject({
      schema: z.string().max(20_000).optional().describe('What you look for, as the text of a JSON Schema: repeated with the content.'),
      part: part.default(1).describe('Of a long content.'),
    }),
    async ({ schema, part: wanted }, { page, signal }) => {
      const { markdown, url, truncatedChars } = await page.scrape(signal);
      const parts = splitAtLineEnds(markdown);
      const text = parts[wanted - 1];
      if (text === undefined) return failed(`The content has ${parts.length} parts; there is no part ${wanted}.`);
      const head = [
        `Content of ${url}, part ${wanted} of ${parts.length}${truncatedChars > 0 ? `, without its last ${truncatedChars} characters` : ''}.`,
        ...(schema === undefined ? [] : [`Take from it what fits this schema; leave out what is not there: ${schema}`]),
      ];
      return succeeded(`${head.join(' ')}\n\n${text}`);
    },
  ),
];

/** Only for models that understand pictures. */
export const SCREENSHOT_TOOL = tool(
  'screenshot',
  'read',
  'Shows you a picture of the whole page, also of what is below the fold, or of one element.',
  z.strictObject({ ref: z.string().min(1).max(64).optional().describe('Only this element.') }),
  ({ ref }, context) =>
    perform({ type: 'screenshot', format: 'jpeg', quality: 70, ...(ref === undefined ? { fullPage: true } : { ref }) }, context),
);
