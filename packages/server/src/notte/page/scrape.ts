import { type Model, runTurn, type TurnPage } from '@carrel/agent';
import type { MarkdownScope } from '@carrel/browser';
import { CarrelError, type Json, type ScrapeRequest, type ScrapeResult } from '@carrel/protocol';
import { z } from 'zod';
import type { Models } from '../agents/models.js';
import type { LiveSession } from '../sessions/live-session.js';
import { NotSupported } from '../wire/errors.js';
import { scrapeOptions } from './actions.js';
import { NO_SELECTORS } from './place.js';

export const scrapeBody = z.object(scrapeOptions);
export type ScrapeOptions = z.output<typeof scrapeBody>;

/** What was read of a page, in Notte's form. */
export interface DataSpace {
  readonly markdown: string;
  readonly images?: readonly { url: string; category: null; description: string | null }[] | null;
  readonly structured?: { success: boolean; error: string | null; data: Json | null } | null;
}

/** On whose behalf it is read. */
interface Reader {
  readonly projectId: string;
  readonly signal: AbortSignal;
  readonly tabId?: string | undefined;
}

const TIMEOUT_MS = 15_000;
const MAX_CHARS = 1_000_000;
/** A model reads the page at most so often before it must answer. */
const MAX_STEPS = 5;
const EXTRACTION_MS = 55_000;

/** Reads pages: as Markdown, as pictures, and, with a model, as data. */
export class Scraper {
  readonly #models: Models;

  constructor(models: Models) {
    this.#models = models;
  }

  /** @throws as `Pages.scrape`; {NotSupported} for a selector in a session with a vault */
  async scrape(session: LiveSession, options: ScrapeOptions, reader: Reader): Promise<DataSpace> {
    const { result, images } = await this.#read(session, options, reader);
    const structured = await this.#extract(session, options, result, reader);
    return {
      markdown: options.only_images ? '' : result.markdown,
      images: options.only_images || options.scrape_images ? images : null,
      structured,
    };
  }

  async #read(session: LiveSession, options: ScrapeOptions, { signal, tabId }: Reader) {
    const { selector, only_main_content: onlyMainContent, scrape_links: withTargets, response_format: schema } = options;
    const sources = {
      selector: selector ? `:is(${selector}) img[src], img[src]:is(${selector})` : 'img[src]',
      attribute: 'src',
      all: true,
    };
    const wanted = { onlyMainContent, withTargets, fields: { images: sources } };
    if (session.vault !== undefined) {
      if (selector) throw new NotSupported(NO_SELECTORS);
      return withImages(await session.page.scrape(signal, wanted));
    }
    const request: ScrapeRequest & MarkdownScope = {
      ...wanted,
      ...(selector ? { selector } : undefined),
      links: false,
      maxChars: MAX_CHARS,
      timeoutMs: TIMEOUT_MS,
      ...(tabId === undefined ? {} : { tabId }),
    };
    const { engine } = session.browser;
    const result = await engine.use(async (pages) => {
      const read = await pages.scrape(request, signal);
      // Where each value says by a selector where it is, nobody need think.
      const data = hasSelectors(schema)
        ? (await pages.scrape({ ...request, schema: schema as Record<string, Json> }, signal).catch(unlessModelNeeded))?.data
        : undefined;
      return data === undefined ? read : { ...read, data };
    });
    return withImages(result);
  }

  async #extract(session: LiveSession, options: ScrapeOptions, result: ScrapeResult, reader: Reader): Promise<DataSpace['structured']> {
    const { response_format: schema, instructions, model: named } = options;
    if (!schema && !instructions) return null;
    if (result.data !== undefined) return { success: true, error: null, data: result.data };
    try {
      const model = await this.#models.named(reader.projectId, named);
      return await ask(
        model,
        { page: session.page, schema: (schema ?? null) as Record<string, Json> | null, instructions, result },
        reader.signal,
      );
    } catch (error) {
      if (!(error instanceof CarrelError)) throw error;
      return { success: false, error: error.message, data: null };
    }
  }
}

/** Not every value says where it is. */
function unlessModelNeeded(error: unknown): undefined {
  if (error instanceof CarrelError && error.code === 'needs_model') return undefined;
  throw error;
}

/** With the pictures that are shown in it. */
function withImages(result: ScrapeResult) {
  const { fields = {}, url } = result;
  const sources = Array.isArray(fields.images) ? fields.images : [];
  const images = sources.flatMap((src) =>
    URL.canParse(src, url) ? [{ url: new URL(src, url).href, category: null, description: null }] : [],
  );
  return { result, images };
}

interface Question {
  readonly page: TurnPage;
  readonly schema: Record<string, Json> | null;
  readonly instructions: string | null | undefined;
  readonly result: ScrapeResult;
}

/** One turn of the agent that reads and does nothing. */
async function ask(model: Model, { page, schema, instructions, result }: Question, signal: AbortSignal): Promise<DataSpace['structured']> {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(EXTRACTION_MS)]);
  try {
    const outcome = await runTurn({
      brief: {
        task: instructions || 'Read the page.',
        startUrl: result.url,
        schema,
        allowedDomains: null,
        previousContext: null,
        previousError: [],
        credentials: [],
        today: new Date().toISOString().slice(0, 10),
        canAskHuman: false,
      },
      models: [model],
      page: readOnly(page),
      maxSteps: MAX_STEPS,
      maxCostUsd: null,
      usageBefore: [],
      priceOf: () => null,
      screenshots: false,
      onEvent: async () => {},
      onFirstAction: async () => {},
      whenNotPaused: async () => null,
      askHuman: async () => '',
      signal: stop,
    });
    if (outcome.failure !== null) return { success: false, error: outcome.failure.message, data: null };
    return { success: true, error: null, data: outcome.result };
  } catch (error) {
    if (signal.aborted || !stop.aborted) throw error;
    return { success: false, error: `The model did not answer within ${EXTRACTION_MS / 1000} seconds.`, data: null };
  }
}

/** A page that is read and not changed. */
const readOnly = (page: TurnPage): TurnPage => {
  const refuse = async (type: string, signal: AbortSignal) => {
    const { metadata } = await page.observe({ screenshot: false, markdown: false }, signal);
    const { tabId, url, title } = metadata;
    return {
      ...{ success: false, type, tabId, url, title },
      failure: 'not_actionable' as const,
      message: 'The page is only read here.',
      durationMs: 0,
      changes: {},
    };
  };
  return {
    observe: (options, signal) => page.observe(options, signal),
    scrape: (signal) => page.scrape(signal),
    execute: (action, signal) =>
      action.type === 'scroll' || action.type === 'wait' || action.type === 'screenshot'
        ? page.execute(action, signal)
        : refuse(action.type, signal),
    fillCredential: (_, signal) => refuse('fill', signal),
  };
};

/** Whether some value of a JSON Schema says where it is. */
function hasSelectors(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && /"selector":"/.test(JSON.stringify(schema));
}
