import type { Pages } from '../../../../browser/src/index.js';
import { startTestBrowser } from '../../../../browser/src/page/testing/test-browser.js';
import { runTurn } from '../../loop/run-turn.js';
import type { Brief } from '../../model.js';
import { brief, turnPage } from '../../testing/turn-bench.js';
import type { TurnEvent, TurnOutcome } from '../../turn.js';
import { builtinModel } from '../index.js';

/** A turn that came to its end. */
export interface DrivenTurn {
  readonly outcome: TurnOutcome;
  /** Its result, when that is text. */
  readonly text: string;
  /** What was called: `click {"ref":"e12"}`. */
  readonly calls: readonly string[];
}

export interface DriveOptions {
  /** Values of logins by alias and field. */
  readonly logins?: Record<string, Record<string, string>>;
  /** What the person says who is asked. */
  readonly answer?: string;
  readonly maxSteps?: number;
}

/** A real Chromium in which the built-in model does turns, one after the other, each from a page of its own. */
export interface Driver extends AsyncDisposable {
  readonly pages: Pages;
  run(change: Partial<Brief>, options?: DriveOptions): Promise<DrivenTurn>;
}

export async function startDriver(): Promise<Driver> {
  const { pages, ...browser } = await startTestBrowser();
  const run: Driver['run'] = async (change, { logins = {}, answer = '', maxSteps = 40 } = {}) => {
    const { startUrl = null } = change;
    const { success, message } = await pages.execute({ type: 'goto', url: startUrl ?? 'about:blank', waitUntil: 'load' });
    if (!success) throw new Error(message);
    const events: TurnEvent[] = [];
    const outcome = await runTurn({
      brief: brief(change),
      models: [builtinModel()],
      page: turnPage(pages, logins),
      maxSteps,
      maxCostUsd: null,
      usageBefore: [],
      priceOf: () => null,
      screenshots: false,
      onFirstAction: async () => {},
      whenNotPaused: async () => null,
      askHuman: async () => answer,
      signal: new AbortController().signal,
      onEvent: async (event) => {
        events.push(event);
      },
    });
    const calls = events.flatMap((event) =>
      event.type === 'tool.called' ? [`${event.data.tool} ${JSON.stringify(event.data.input)}`] : [],
    );
    return { outcome, text: typeof outcome.result === 'string' ? outcome.result : '', calls };
  };
  return { pages, run, [Symbol.asyncDispose]: () => browser[Symbol.asyncDispose]() };
}
