import { type Brief, type Model, runTurn as runAgent, TurnEnded, type TurnEvent, type TurnOutcome, type TurnPage } from '@carrel/agent';
import type { Browser } from '@carrel/browser';
import {
  CarrelError,
  type ErrorCode,
  type ModelUsage,
  type OpenBrowserRequest,
  type TaskEventData,
  type TaskFailure,
} from '@carrel/protocol';
import type { Logger } from 'pino';
import type { BrowserRegistry } from '../browsers/registry.js';
import { type CaptchaDesk, givenUpNotice } from '../captchas/index.js';
import type { Control } from '../live/index.js';
import type { Recordings } from '../recordings/index.js';
import type { Settings } from '../settings/index.js';
import type { Store } from '../store/index.js';
import { type ClaimedTurn, LeaseLost, type RunTurn, type TurnEnd } from './claimed-turn.js';
import type { OpenTurnCredentials, TurnCredentials } from './turn-credentials.js';

/** Longer than the pages that people write; a dump is for programs that read them. */
const MAX_DUMP_CHARS = 2_000_000;
/** Keeping what a turn has signed in to shall not hold up its result for ever. */
const KEEP_MS = 20_000;
const DUMP_MS = 5_000;
/** Node's timers hold no longer delay. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** A turn that was cancelled keeps what is quickly kept: its browser is to be gone. */
const KEEP_WHEN_CANCELLED_MS = 1_000;
/** How long a turn waits for a place for its browser, before it gives its own to another. */
const WAIT_FOR_BROWSER_MS = 30_000;
const GONE: ReadonlySet<ErrorCode> = new Set(['browser_crashed', 'browser_not_running']);

type Usage = Pick<ModelUsage, 'inputTokens' | 'cachedInputTokens' | 'outputTokens'>;

export interface TurnServices {
  readonly registry: BrowserRegistry;
  readonly store: Store;
  readonly recordings: Pick<Recordings, 'note'>;
  readonly control: Pick<Control, 'holderOf' | 'untilFree'>;
  readonly openCredentials: OpenTurnCredentials;
  /** @throws {CarrelError} `model_not_configured` */
  readonly openModel: (name: string) => Model;
  readonly priceOf: (model: string, usage: Usage) => number | null;
  readonly settings: Pick<Settings, 'maxDurationCapSeconds' | 'idleTimeoutCapSeconds'>;
  readonly logger: Logger;
}

/** Runs turns on this server: each in a fresh browser, with the end user's credentials, and nothing of the turns before but what it is told. */
export function turnRunner(services: TurnServices): RunTurn {
  return async (turn) => {
    try {
      return await run(services, turn);
    } catch (error) {
      // Whatever broke when the turn was ended, broke for that.
      const { reason } = turn.signal;
      if (reason instanceof TurnEnded) return { ...reason.outcome, htmlDump: null };
      throw turn.signal.aborted ? reason : error;
    }
  };
}

async function run(services: TurnServices, turn: ClaimedTurn): Promise<TurnEnd> {
  try {
    return await runInBrowser(services, turn);
  } catch (error) {
    // Whatever it was about to do: it is the browser that failed.
    if (error instanceof CarrelError && GONE.has(error.code)) return failed('browser_failed', error.message);
    throw error;
  }
}

async function runInBrowser(services: TurnServices, turn: ClaimedTurn): Promise<TurnEnd> {
  const { projectId, endUserId } = turn;
  const credentials = await prepared('credentials_unavailable', () => services.openCredentials({ projectId, endUserId }));
  if ('failure' in credentials) return credentials;
  const opened = await prepared('browser_failed', () => openBrowser(services, turn, credentials));
  if ('failure' in opened) return opened;
  // While credentials are brought. What fails here is tried again by the first use, which says why.
  opened.browser.use((pages) => pages.connect()).catch(() => {});
  try {
    await turn.browserOpened(opened.browser.id);
    const brought = await prepared('credentials_unavailable', () => credentials.bring(opened.browser, turn.signal));
    return brought ?? (await inBrowser(services, turn, credentials, opened));
  } finally {
    await opened.close();
  }
}

/** What a turn needs before it can begin, or why there is no such thing. What ends the turn meanwhile is thrown on. */
async function prepared<T>(code: TaskFailure, prepare: () => Promise<T>): Promise<T | TurnEnd> {
  try {
    return await prepare();
  } catch (error) {
    if (!(error instanceof CarrelError) || error.code === 'internal' || GONE.has(error.code)) throw error;
    return failed(code, error.message);
  }
}

const failed = (code: TaskFailure, message: string): TurnEnd => ({
  stopReason: 'error',
  result: null,
  htmlDump: null,
  failure: { code, message },
});

async function openBrowser({ registry, store, settings }: TurnServices, turn: ClaimedTurn, credentials: TurnCredentials) {
  const { projectId, endUserId, request, proxies, signal } = turn;
  const project = await store.projects.get(projectId);
  if (project === null) throw new CarrelError('not_found', 'The project of the task was deleted.');
  const owner = { projectId, maxBrowsers: project.maxBrowsers, record: project.record };
  const asked: OpenBrowserRequest = {
    endUserId,
    metadata: { taskId: turn.taskId, sessionId: turn.sessionId },
    // The turn has limits of its own, and a person who is asked may take long.
    idleTimeoutSeconds: settings.idleTimeoutCapSeconds,
    maxDurationSeconds: settings.maxDurationCapSeconds,
    waitMs: WAIT_FOR_BROWSER_MS,
    ...(request.kind === undefined ? {} : { kind: request.kind }),
    ...(request.record === undefined ? {} : { record: request.record }),
    ...(proxies === undefined ? {} : { proxies }),
    ...(request.identity === undefined ? {} : { identity: request.identity }),
    ...(request.solveCaptchas === undefined ? {} : { solveCaptchas: request.solveCaptchas }),
    ...(request.allowedDomains === undefined ? {} : { network: { allow: request.allowedDomains.flatMap(withSubdomains) } }),
  };
  const { taskId, sessionId } = turn;
  const redact = <T>(value: T) => credentials.redact(value);
  const opened = { purpose: 'task' as const, redact, hidden: credentials, task: { taskId, sessionId } };
  const { engine: browser, captchas } = await registry.openForTurn(owner, asked, { signal, turn: opened });
  signal.throwIfAborted();
  return {
    browser,
    captchas,
    // What could not be removed was logged, and is swept at the next start.
    close: () => browser.close({ code: 'closed_by_client', message: 'The turn that it was opened for has ended.' }).catch(() => {}),
  };
}

/** The patterns of a host and all those below it; addresses have none below. */
const withSubdomains = (host: string): string[] =>
  /^[\d.]+(:\d+)?$|^\[/.test(host) || host.startsWith('*.') ? [host] : [host, `*.${host}`];

async function inBrowser(
  services: TurnServices,
  turn: ClaimedTurn,
  credentials: TurnCredentials,
  { browser, captchas }: { browser: Browser; captchas: CaptchaDesk | undefined },
): Promise<TurnEnd> {
  const models = await prepared('model_unavailable', async () => modelsOf(services, turn));
  if ('failure' in models) return models;
  const { request, signal } = turn;
  const { control, recordings } = services;
  /** Whoever has taken the browser in hand has it alone. */
  const whenFree = async (stop: AbortSignal) => {
    while (control.holderOf(browser.id) !== undefined) {
      // However it ends, nobody is waited for any more; that the turn has ended, its own signal says.
      const over = control.untilFree(browser.id, MAX_TIMER_MS, stop).then(
        () => true,
        () => false,
      );
      await turn.waitForHuman({ reason: 'control', wish: null, expiresAt: null, over }, stop);
    }
  };
  const note = (type: string, data: TaskEventData) => recordings.note(browser.id, type, data);
  const page = actingWhen(whenFree, credentials.page(browser));
  try {
    if (request.startUrl !== undefined) {
      const { failure, message, url } = await page.execute({ type: 'goto', url: request.startUrl, waitUntil: 'load' }, signal);
      // One that is only slow may be of use all the same.
      if (failure !== undefined && failure !== 'timeout') return failed('start_url_failed', credentials.redact(message));
      await turn.visited(credentials.redact(url));
    }
    const outcome = await runAgent({
      brief: briefOf(turn, credentials),
      models,
      page,
      maxSteps: request.maxSteps,
      maxCostUsd: request.maxCostUsd ?? null,
      usageBefore: turn.usageBefore,
      priceOf: services.priceOf,
      screenshots: request.screenshots,
      onEvent: async (event) => {
        const told = withoutSecrets(event, credentials);
        note(told.type, lineOf(told));
        await turn.record(told);
      },
      onFirstAction: () => turn.firstAction(),
      whenNotPaused: async (stop) => {
        await turn.whenNotPaused(stop);
        await whenFree(stop);
        if (captchas === undefined) return null;
        const givenUp = await captchas.whenUnattended((human) => turn.waitForHuman({ reason: 'captcha', ...human }, stop), stop);
        if (givenUp !== null) await turn.log('captcha.failed', { message: givenUp });
        return givenUpNotice(givenUp);
      },
      askHuman: (question, stop) => turn.askHuman(credentials.redact(question), stop),
      signal,
    });
    const cleaned = clean(outcome, credentials);
    note('task.ended', { ...cleaned });
    return { ...cleaned, htmlDump: await htmlDump(turn, page) };
  } finally {
    await keep(services, turn, credentials, browser);
  }
}

function modelsOf({ openModel }: TurnServices, { model, request }: ClaimedTurn): [Model, ...Model[]] {
  return [openModel(model), ...(request.fallbackModels ?? []).map((name) => openModel(name))];
}

function briefOf({ request, context }: ClaimedTurn, { aliases }: TurnCredentials): Brief {
  return {
    task: request.task,
    startUrl: request.startUrl ?? null,
    schema: request.schema ?? null,
    allowedDomains: request.allowedDomains ?? null,
    ...context,
    credentials: aliases,
    today: new Date().toISOString().slice(0, 10),
    canAskHuman: true,
  };
}

/** A page on which nothing is done before it may be; it is looked at all the same. */
const actingWhen = (mayAct: (signal: AbortSignal) => Promise<void>, page: TurnPage): TurnPage => ({
  observe: (options, signal) => page.observe(options, signal),
  scrape: (signal) => page.scrape(signal),
  execute: async (action, signal) => {
    await mayAct(signal);
    return await page.execute(action, signal);
  },
  fillCredential: async (request, signal) => {
    await mayAct(signal);
    return await page.fillCredential(request, signal);
  },
});

/** A picture is made without secrets in it. */
function withoutSecrets(event: TurnEvent, credentials: TurnCredentials): TurnEvent {
  if (event.type !== 'step.finished') return { ...event, data: credentials.redact(event.data) } as TurnEvent;
  const { screenshot, summary, ...rest } = event.data;
  return { type: event.type, data: { ...rest, summary: credentials.redact(summary), screenshot } };
}

/** What the timeline of a recording says of it. */
function lineOf(event: TurnEvent): TaskEventData {
  if (event.type !== 'step.finished') return event.data;
  const { step, summary } = event.data;
  return { step, summary };
}

function clean({ stopReason, result, failure }: TurnOutcome, credentials: TurnCredentials): TurnOutcome {
  return {
    stopReason,
    ...credentials.redact({ result }),
    failure: failure === null ? null : { ...failure, message: credentials.redact(failure.message) },
  };
}

/** Null also where there is none to be had: the turn has its result all the same. */
async function htmlDump({ request, signal }: ClaimedTurn, page: TurnPage): Promise<string | null> {
  if (request.includeHtmlDump !== true && request.include_html_dump !== true) return null;
  const expression = `document.documentElement.outerHTML.slice(0, ${MAX_DUMP_CHARS})`;
  try {
    const { value } = await page.execute({ type: 'evaluate', expression, timeoutMs: DUMP_MS }, signal);
    return typeof value === 'string' ? value : null;
  } catch (error) {
    if (error instanceof CarrelError) return null;
    throw error;
  }
}

/** What cannot be kept is said in the server's log: the turn has its result all the same. */
async function keep({ logger }: TurnServices, turn: ClaimedTurn, credentials: TurnCredentials, browser: Browser): Promise<void> {
  if (turn.signal.reason instanceof LeaseLost || browser.status !== 'running') return;
  try {
    await credentials.keep(browser, AbortSignal.timeout(turn.signal.aborted ? KEEP_WHEN_CANCELLED_MS : KEEP_MS));
  } catch (error) {
    logger.warn({ err: error, taskId: turn.taskId }, 'what a turn has signed in to could not be kept');
  }
}
