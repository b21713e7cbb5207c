/// <reference lib="dom" />
import type { Browser as CarrelBrowser } from '@carrel/sdk';
import type { Page } from 'playwright-core';
import { BareChromium } from '../bare-chromium.js';
import { BenchmarkFailed } from '../benchmark-failed.js';
import { CarrelServer } from '../carrel-server.js';
import { connect, goto } from '../contenders/over-cdp.js';
import { disposeAll } from '../dispose-all.js';
import { orderOfRound } from '../order.js';
import type { Goal } from '../report/goals.js';
import { formatRatio, spread, type Table } from '../report/table.js';
import { summarize } from '../statistics.js';
import type { Section, SectionContext } from './section.js';

/** Carrel as its client sees it over HTTP; Playwright, connected to a browser without walls. */
const SIDES = ['carrel', 'playwright'] as const;
type Side = (typeof SIDES)[number];

/** Something done on a page, by both; one figure for each time, in ms. */
export interface PageWorkResult {
  what: string;
  /** Of the page it was done on. */
  links: number;
  ms: Record<Side, number[]>;
}

interface Both {
  carrel: CarrelBrowser;
  playwright: Page;
}

interface PageWork {
  what: string;
  links: number;
  carrel(browser: CarrelBrowser): Promise<void>;
  playwright(page: Page): Promise<void>;
}

type CarrelAction = Parameters<CarrelBrowser['execute']>[0];

const TEXT = 'ten letters';
const WARM_UPS = 3;
/** Of what is held to Playwright's time. */
const MAX_RATIO = 1.3;
const HELD: ReadonlySet<string> = new Set(['observe', 'click', 'click by ref']);

/** Of the button. */
const refs = new WeakMap<CarrelBrowser, string>();

const WORKS: readonly PageWork[] = [
  ...[30, 300].map((links) => ({
    what: 'observe',
    links,
    carrel: async (browser: CarrelBrowser) => {
      const { elements } = await browser.observe();
      if (elements.length < links) throw new BenchmarkFailed(`of ${links} links Carrel saw ${elements.length}`);
    },
    playwright: observeDirectly,
  })),
  {
    what: 'click',
    links: 30,
    carrel: (browser) => execute(browser, { type: 'click', selector: '#press' }),
    playwright: (page) => page.locator('#press').click(),
  },
  { what: 'click by ref', links: 30, carrel: clickByRef, playwright: (page) => page.locator('#press').click() },
  {
    what: 'fill',
    links: 30,
    carrel: (browser) => execute(browser, { type: 'fill', selector: '#field', value: TEXT }),
    playwright: (page) => page.locator('#field').fill(TEXT),
  },
  {
    what: 'type',
    links: 30,
    carrel: (browser) => execute(browser, { type: 'type', selector: '#field', text: TEXT }),
    playwright: async (page) => {
      await page.locator('#field').focus();
      await page.keyboard.type(TEXT);
    },
  },
];

/** What an observation gives: the tree with refs and boxes, the title, and where the page is scrolled to; as fast as Playwright gives it. */
async function observeDirectly(page: Page): Promise<void> {
  await Promise.all([
    page.ariaSnapshotJSON({ mode: 'ai', boxes: true }),
    page.title(),
    page.evaluate(() => [innerWidth, innerHeight, scrollX, scrollY, document.documentElement.scrollHeight]),
  ]);
}

async function execute(browser: CarrelBrowser, action: CarrelAction): Promise<void> {
  const { success, message } = await browser.execute(action);
  if (!success) throw new BenchmarkFailed(`Carrel could not ${action.type}: ${message}`);
}

/** The ref of the last observation stays: nothing here changes the button. */
async function clickByRef(browser: CarrelBrowser): Promise<void> {
  const ref = refs.get(browser) ?? (await browser.observe()).elements.find(({ name }) => name === 'Press')?.ref;
  if (ref === undefined) throw new BenchmarkFailed('Carrel did not see the button of the page');
  refs.set(browser, ref);
  await execute(browser, { type: 'click', ref });
}

/** Looks at pages and works on them, Carrel and Playwright in turn. */
async function measurePages(context: SectionContext): Promise<PageWorkResult[]> {
  const opened: AsyncDisposable[] = [];
  try {
    const both = await openBoth(context, opened);
    const results: PageWorkResult[] = [];
    for (const work of WORKS) results.push(await measure(work, both, context));
    return results;
  } finally {
    await disposeAll(opened);
  }
}

async function openBoth({ executablePath, signal }: SectionContext, opened: AsyncDisposable[]): Promise<Both> {
  const server = await CarrelServer.start({ maxBrowsers: 1, signal });
  opened.push(server);
  const carrel = await server.client.browsers.open({}, { keepAlive: false });
  const { chromium, url } = await BareChromium.withPort(executablePath, signal);
  opened.push(chromium);
  const { playwright, page } = await connect(url);
  opened.push({ [Symbol.asyncDispose]: () => playwright.close() });
  return { carrel, playwright: page };
}

async function measure(work: PageWork, both: Both, { options, pageUrl, signal, progress }: SectionContext): Promise<PageWorkResult> {
  const { what, links } = work;
  const url = new URL(`links/${links}`, pageUrl).href;
  await execute(both.carrel, { type: 'goto', url });
  await goto(both.playwright, url);
  const once = { carrel: () => work.carrel(both.carrel), playwright: () => work.playwright(both.playwright) };
  const ms: PageWorkResult['ms'] = { carrel: [], playwright: [] };
  for (let round = -WARM_UPS; round < options.pageRuns; round++) {
    progress(`${what}, ${links} links, ${Math.max(0, round)} of ${options.pageRuns}`);
    for (const side of orderOfRound(SIDES, round + WARM_UPS)) {
      signal.throwIfAborted();
      const startedAt = performance.now();
      await once[side]();
      if (round >= 0) ms[side].push(performance.now() - startedAt);
    }
  }
  return { what, links, ms };
}

const nameOf = ({ what, links }: PageWorkResult) => (what === 'observe' ? `${what} ${links} links` : what);

function pagesTable(results: readonly PageWorkResult[]): Table {
  const rows = results.map((result) => {
    const [carrel, playwright] = SIDES.map((side) => summarize(result.ms[side]));
    return [nameOf(result), spread(carrel), spread(playwright), formatRatio(carrel?.p50, playwright?.p50)];
  });
  const head = ['On a page', 'Carrel', 'Playwright', 'ratio'];
  const note = 'ms, median / p95 (min–max); Carrel over HTTP, Playwright connected to a browser without walls, doing the same';
  return { rows: [head, ...rows], notes: [note] };
}

function goals(results: readonly PageWorkResult[]): Goal[] {
  return results
    .filter(({ what }) => HELD.has(what))
    .map((result) => ({
      what: nameOf(result),
      unit: 'ms',
      ours: summarize(result.ms.carrel)?.p50,
      beside: { name: 'Playwright', value: summarize(result.ms.playwright)?.p50 },
      limit: { atMost: MAX_RATIO },
    }));
}

/** What an agent's looks and actions cost, beside Playwright doing the same without Carrel. */
export const pages: Section<PageWorkResult[]> = {
  title: 'Pages',
  measure: measurePages,
  tables: (results) => [pagesTable(results)],
  goals,
};
