interface Access {
  readonly url: string;
  /** Undefined: it is in the environment. */
  readonly apiKey: string | undefined;
}

interface Snippet {
  readonly name: string;
  readonly code: (access: Access) => string;
}

const clientCode = ({ url, apiKey }: Access) =>
  `const client = new Carrel({ url: '${url}', apiKey: ${apiKey === undefined ? 'process.env.CARREL_API_KEY' : `'${apiKey}'`} });
await using browser = await client.browsers.open();`;

/** First steps, with the address of this server in them. */
export const SNIPPETS: readonly [Snippet, ...Snippet[]] = [
  {
    name: 'TypeScript',
    code: (access) => `import { Carrel } from '@carrel/sdk';

${clientCode(access)}
await browser.execute({ type: 'goto', url: 'https://example.com' });
console.log((await browser.observe()).snapshot);`,
  },
  {
    name: 'Playwright',
    code: (access) => `import { Carrel } from '@carrel/sdk';
import { chromium } from 'playwright-core';

${clientCode(access)}
const page = (await chromium.connectOverCDP(browser.cdpUrl)).contexts()[0].pages()[0];
await page.goto('https://example.com');
console.log(await page.title());`,
  },
  {
    name: 'Puppeteer',
    code: (access) => `import { Carrel } from '@carrel/sdk';
import puppeteer from 'puppeteer-core';

${clientCode(access)}
const [page] = await (await puppeteer.connect({ browserWSEndpoint: browser.cdpUrl })).pages();
await page.goto('https://example.com');
console.log(await page.title());`,
  },
  {
    name: 'An agent',
    code: ({ url, apiKey }) => `import { Carrel } from '@carrel/sdk';

const client = new Carrel({ url: '${url}', apiKey: ${apiKey === undefined ? 'process.env.CARREL_API_KEY' : `'${apiKey}'`} });
const first = await client.tasks.run({ endUserId: 'ann', task: 'What is this page about?', startUrl: 'https://example.com' });
console.log(first.result);
const { sessionId } = first;
const second = await client.tasks.run({ endUserId: 'ann', sessionId, task: 'Where does its link lead?', startUrl: 'https://example.com' });
console.log(second.result);`,
  },
  {
    name: 'curl',
    code: ({ url, apiKey }) => `curl -X POST ${url}/v1/browsers \\
  -H "Authorization: Bearer ${apiKey ?? '$CARREL_API_KEY'}" \\
  -H 'content-type: application/json' -d '{}'`,
  },
];
