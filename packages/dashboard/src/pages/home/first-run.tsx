import { Snippet } from '../../ui/copy.js';
import { Section } from '../../ui/page.js';

const sdkCode = (url: string) => `import { Carrel } from '@carrel/sdk';

const client = new Carrel({ url: '${url}', apiKey: process.env.CARREL_API_KEY });
await using browser = await client.browsers.open();
await browser.execute({ type: 'goto', url: 'https://example.com' });
console.log((await browser.observe()).snapshot);`;

const playwrightCode = (url: string) => `import { Carrel } from '@carrel/sdk';
import { chromium } from 'playwright-core';

const client = new Carrel({ url: '${url}', apiKey: process.env.CARREL_API_KEY });
await using browser = await client.browsers.open();
const page = (await chromium.connectOverCDP(browser.cdpUrl)).contexts()[0].pages()[0];
await page.goto('https://example.com');`;

const curlCode = (url: string) => `curl -X POST ${url}/v1/browsers \\
  -H "Authorization: Bearer $CARREL_API_KEY" \\
  -H 'content-type: application/json' -d '{}'`;

/** How to begin, to be copied as it is. The key is not in it: this page does not know it. */
export function FirstRun({ url }: { url: string }) {
  return (
    <Section title="Open your first browser">
      <p className="text-sm text-soft">
        Press “Open a browser”, or do it from code. <code className="font-mono">CARREL_API_KEY</code> is your key: the first one is in the
        server’s data directory, others are made under Keys and projects.
      </p>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-3 lg:grid-cols-2">
        <Snippet label="TypeScript" code={sdkCode(url)} />
        <Snippet label="Playwright" code={playwrightCode(url)} />
        <Snippet label="curl" code={curlCode(url)} />
      </div>
    </Section>
  );
}
