// Crawlee crawls a shop. Each browser that it asks for is one of Carrel's: isolated, and gone when the crawl is over.
import { Carrel } from '@carrel/sdk';
import { Configuration, PlaywrightCrawler } from '@crawlee/playwright';
import { type Browser, type BrowserContextOptions, chromium } from 'playwright';

const shop = process.env.SHOP_URL ?? 'http://127.0.0.1:7071';
const client = new Carrel(); // CARREL_URL and CARREL_API_KEY

/** Playwright's Chromium, but for where its browsers come from. */
const launcher = Object.assign(Object.create(chromium) as typeof chromium, {
  async launch(): Promise<Browser> {
    const carrel = await client.browsers.open();
    const browser = await chromium.connectOverCDP(carrel.cdpUrl);
    browser.once('disconnected', () => void carrel.close());
    const newPage = browser.newPage.bind(browser);
    // Crawlee names a proxy for each page; where a browser goes out, Carrel sees to (`proxies` on opening it).
    return Object.assign(browser, { newPage: ({ proxy, ...options }: BrowserContextOptions = {}) => newPage(options) });
  },
});

const prices = new Map<string, string>();
const crawler = new PlaywrightCrawler(
  {
    launchContext: { launcher, useIncognitoPages: true },
    browserPoolOptions: { useFingerprints: false }, // who a browser is, Carrel sees to
    maxConcurrency: 2,
    maxRequestsPerCrawl: 20,
    async requestHandler({ page, request, enqueueLinks }) {
      if (!request.url.includes('/books/')) {
        await enqueueLinks({ selector: '.shelf a' });
        return;
      }
      prices.set(await page.locator('h1').innerText(), await page.locator('.price').first().innerText());
    },
  },
  new Configuration({ persistStorage: false }),
);
await crawler.run([`${shop}/sale`]);
for (const [title, price] of [...prices].sort()) console.log(`${price}  ${title}`);
