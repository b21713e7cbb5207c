// Playwright drives a browser of Carrel: nothing changes but where the browser comes from.
import { Carrel } from '@carrel/sdk';
import { chromium } from 'playwright';

const shop = process.env.SHOP_URL ?? 'http://127.0.0.1:7071';
const client = new Carrel(); // CARREL_URL and CARREL_API_KEY

await using carrel = await client.browsers.open();
const browser = await chromium.connectOverCDP(carrel.cdpUrl);
const page = browser.contexts()[0]?.pages()[0];
if (page === undefined) throw new Error('a browser of Carrel has a page');

await page.goto(shop);
await page.getByLabel('Search the shop').fill('voyage');
await page.getByRole('button', { name: 'Search' }).click();
await page.waitForURL(/search/);
for (const book of await page.locator('.shelf li').all()) {
  console.log(await book.locator('.title').innerText(), '·', await book.locator('.price').innerText());
}
await browser.close(); // of the connection; the browser itself closes with `carrel`
