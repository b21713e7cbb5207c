import type { Query } from '../language/query.js';
import type { Page } from '../page-model/page.js';
import type { Answer } from './move.js';

const ASKED =
  /^(?:(?:what(?:'s|’s| is| does)|tell|give|show|read|report|get|return|say|find|list)(?: out)?(?: me| us)?(?: out)?\s+)?(?:the |its )?(?:page(?:'s|’s)? )?(?:(title)|(?:main |first |top )?(?:heading|headline|h1))(?: (?:of|on|from|in) (?:the|this|that) (?:web ?)?(?:page|site))?(?: (?:to me|out|aloud|says?))?$/i;

/** `Read the heading`, `what is the title of the page?`: from the page itself, wherever one is; null: something else is asked for. */
export function titleOf({ url, title, heading }: Page, { asked }: Query): Answer | null {
  const match = ASKED.exec(asked.replace(/[?.!\s]+$/, '').trim());
  if (match === null) return null;
  const isTitle = match[1] !== undefined;
  const said = isTitle ? title : heading;
  const missing = isTitle ? 'The page has no title.' : `The page has no heading.${title === '' ? '' : ` Its title is “${title}”.`}`;
  return { kind: 'answer', lines: [said === '' ? missing : said], items: [], asked: [asked], sources: [url] };
}
