// Puppeteer, and Carrel's own calls beside it, on one browser: the page that Puppeteer has opened is what `observe` sees.
import { Carrel } from '@carrel/sdk';
import puppeteer from 'puppeteer-core';

const shop = process.env.SHOP_URL ?? 'http://127.0.0.1:7071';
const client = new Carrel(); // CARREL_URL and CARREL_API_KEY

await using carrel = await client.browsers.open();
const browser = await puppeteer.connect({ browserWSEndpoint: carrel.cdpUrl, defaultViewport: null });
const [page] = await browser.pages();
if (page === undefined) throw new Error('a browser of Carrel has a page');

await page.goto(`${shop}/sale`);
const titles = await page.$$eval('.shelf .title', (all) => all.map((each) => each.textContent));
console.log(`On sale, says Puppeteer: ${titles.join(', ')}`);
const { elements } = await carrel.observe();
const books = elements.filter(({ role, url }) => role === 'link' && url?.includes('/books/'));
console.log(`Links to them, says Carrel: ${books.map(({ ref }) => ref).join(', ')}`);
await browser.disconnect();
