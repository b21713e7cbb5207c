import { type Browser, chromium, type Page } from 'playwright-core';
import { BenchmarkFailed } from '../benchmark-failed.js';
import { STEP_TIMEOUT_MS, type Stopwatch } from './contender.js';

/** Connects Playwright and takes the page that is open. */
export async function connect(url: string): Promise<{ playwright: Browser; page: Page }> {
  const playwright = await chromium.connectOverCDP(url, { timeout: STEP_TIMEOUT_MS });
  const page = playwright.contexts()[0]?.pages()[0];
  if (page !== undefined) return { playwright, page };
  await playwright.close();
  throw new BenchmarkFailed('the browser that Playwright connected to has no page open');
}

export async function goto(page: Page, url: string): Promise<void> {
  const response = await page.goto(url, { waitUntil: 'domcontentloaded', timeout: STEP_TIMEOUT_MS });
  if (response?.status() !== 200) throw new BenchmarkFailed(`${url} was answered with ${response?.status() ?? 'nothing'}`);
}

/** The middle of a lifecycle over CDP, timed. The caller closes the connection. */
export async function connectAndGo(watch: Stopwatch, cdpUrl: string, url: string): Promise<Browser> {
  const { playwright, page } = await watch.time('connect', () => connect(cdpUrl));
  try {
    await watch.time('goto', () => goto(page, url));
    return playwright;
  } catch (error) {
    await playwright.close();
    throw error;
  }
}
