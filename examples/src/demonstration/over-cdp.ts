import type { Browser } from '@carrel/sdk';
import { chromium, type Page } from 'playwright-core';
import { check, type Stage } from './stage.js';

/** Drives the browser with Playwright, as any script does that was written without Carrel in mind, and gives a book's price. */
export async function browseOverCdp(browser: Browser, shopUrl: string, slug: string, stage: Stage): Promise<string> {
  const connection = await stage.step('chromium.connectOverCDP(browser.cdpUrl)', () => chromium.connectOverCDP(browser.cdpUrl));
  try {
    const page = connection.contexts()[0]?.pages()[0];
    check(page !== undefined, 'A browser should have a tab when it opens.');
    return await browse(page, shopUrl, slug, stage);
  } finally {
    // Leaves the browser as it is: it belongs to the server, not to this connection.
    await connection.close();
  }
}

async function browse(page: Page, shopUrl: string, slug: string, stage: Stage): Promise<string> {
  await stage.step('page.goto(/members)', async (tell) => {
    await page.goto(`${shopUrl}/members`);
    check(new URL(page.url()).pathname === '/login', `A should be signed in and B not, but B got to ${page.url()}.`);
    tell(`the shop asks B too: “${await page.title()}”`);
  });
  await stage.step('search for “darwin”', async (tell) => {
    await page.getByLabel('Search the shop').fill('darwin');
    await page.getByRole('button', { name: 'Search' }).click();
    const results = page.getByRole('main').getByRole('listitem');
    await results.first().waitFor();
    tell(`${await results.count()} books`);
    await results.first().getByRole('link').click();
  });
  await stage.step('add three copies to the cart', async (tell) => {
    await page.getByLabel('Copies').fill('3');
    await page.getByRole('button', { name: 'Add to cart' }).click();
    await page.getByText('In your cart.').waitFor();
    tell(`${await page.getByRole('heading', { level: 1 }).innerText()}`);
  });
  return stage.step('look at the book that A bought', async (tell) => {
    await page.goto(`${shopUrl}/books/${slug}`);
    const price = await page.locator('.buy-price .price').innerText();
    tell(`everybody’s price: ${price}`);
    return price;
  });
}
