import { observeRequest, scrapeRequest } from '@carrel/protocol';
import type { Pages } from '../../../browser/src/index.js';
import { startTestBrowser, type TestBrowser } from '../../../browser/src/page/testing/test-browser.js';
import { runTurn } from '../loop/run-turn.js';
import type { Brief } from '../model.js';
import { openModel } from '../models/open-model.js';
import type { TurnEvent, TurnOptions, TurnOutcome, TurnPage } from '../turn.js';
import { type PageSite, startPageSite } from './page-site.js';
import { type Script, type ScriptedServer, startScriptedServer } from './scripted-server.js';

/** The pages of a browser as an agent works on them. Logins are the values of `logins` by alias and field. */
export const turnPage = (pages: Pages, logins: Record<string, Record<string, string>> = {}, timeoutMs = 15_000): TurnPage => ({
  observe: (wanted, signal) =>
    pages.observe(observeRequest.parse({ ...wanted, maxSnapshotChars: 1_000_000, maxElements: 10_000, timeoutMs }), signal),
  execute: (action, signal) => pages.execute(action, signal),
  scrape: (signal) => pages.scrape(scrapeRequest.parse({}), signal),
  fillCredential: async ({ alias, field, ref }, signal) => {
    const { message: _, ...result } = await pages.execute({ type: 'fill', ref, value: logins[alias]?.[field] ?? '' }, signal);
    return { ...result, message: `Filled in ${field} of ${alias}.` };
  },
});

export const MODEL = 'openai-compatible/scripted';

export const brief = (change: Partial<Brief> = {}): Brief => ({
  task: 'Find the price of the blue kettle.',
  startUrl: null,
  schema: null,
  allowedDomains: null,
  previousContext: null,
  previousError: [],
  credentials: [],
  today: '2026-11-22',
  canAskHuman: false,
  ...change,
});

export interface TurnRun {
  readonly outcome: TurnOutcome;
  readonly events: TurnEvent[];
  readonly server: ScriptedServer;
  /** How often it was said that something is about to be done. */
  readonly firstActions: number;
}

export type TurnChange = Partial<Omit<TurnOptions, 'brief'>> & { brief?: Partial<Brief> };

/** Runs a turn with a model that does what a script says. */
export async function runScripted(page: TurnPage, script: Script, { brief: briefChange, ...change }: TurnChange = {}): Promise<TurnRun> {
  await using server = await startScriptedServer(script);
  const events: TurnEvent[] = [];
  let firstActions = 0;
  const { onEvent = async () => {}, ...rest } = change;
  const outcome = await runTurn({
    brief: brief(briefChange),
    models: [openModel(MODEL, { baseUrl: server.baseUrl, withoutVision: [MODEL] })],
    page,
    maxSteps: 10,
    maxCostUsd: null,
    usageBefore: [],
    priceOf: () => null,
    screenshots: false,
    onFirstAction: async () => {
      firstActions++;
    },
    whenNotPaused: async () => null,
    askHuman: () => Promise.reject(new Error('nobody is to be asked')),
    signal: new AbortController().signal,
    ...rest,
    onEvent: async (event) => {
      events.push(event);
      await onEvent(event);
    },
  });
  return { outcome, events, server, firstActions };
}

/** The data of the events of one type. */
export const dataOf = <T extends TurnEvent['type']>(events: readonly TurnEvent[], type: T) =>
  events.filter((event): event is Extract<TurnEvent, { type: T }> => event.type === type).map(({ data }) => data) as Extract<
    TurnEvent,
    { type: T }
  >['data'][];

const LONG = Array.from({ length: 3_000 }, (_, n) => `<p>Paragraph number ${n}${n === 2_900 ? ' hides the needle' : ''}</p>`).join('');

const PAGES = {
  '/': '<h1>Shop</h1><a href="/kettles">Kettles</a><button>Press me</button>',
  '/kettles': '<h1>Kettles</h1><table><tr><td>Blue kettle</td><td>39.90</td></tr></table>',
  '/form':
    '<form action="/sent"><label>Name <input name="name"></label><label>Mail <input name="mail"></label><button>Send</button></form>',
  '/sent': '<h1>Thank you</h1>',
  '/busy': '<h1>Busy</h1><script>for (;;);</script>',
  '/long': `<h1>Long</h1>${LONG}`,
  '/ask': "<button onclick=\"confirm('Really?') && (location.href = '/sent')\">Delete</button>",
  '/login': '<label>User <input name="user"></label><label>Word <input name="word" type="password"></label>',
};

/** A browser, and a site for it. */
export interface TurnBench extends AsyncDisposable {
  readonly browser: TestBrowser;
  readonly site: PageSite;
  /** Goes to a page of the site, and gives the pages as an agent has them. */
  at(path: string): Promise<TurnPage>;
}

/** @param pages beside the usual ones */
export async function startTurnBench(pages: Readonly<Record<string, string>> = {}): Promise<TurnBench> {
  const site = await startPageSite({ ...PAGES, ...pages });
  const browser = await startTestBrowser().catch(async (error: unknown) => {
    await site[Symbol.asyncDispose]();
    throw error;
  });
  return {
    browser,
    site,
    at: async (path) => {
      const { success, message } = await browser.pages.execute({ type: 'goto', url: site.origin + path, waitUntil: 'load' });
      if (!success) throw new Error(message);
      return turnPage(browser.pages);
    },
    [Symbol.asyncDispose]: async () => {
      await browser[Symbol.asyncDispose]();
      await site[Symbol.asyncDispose]();
    },
  };
}
