import type {
  Action,
  ActionResult,
  Json,
  ModelUsage,
  Observation,
  ScrapeRequest,
  ScrapeResult,
  StepSummary,
  StopReason,
  TaskFailure,
} from '@carrel/protocol';
import type { Brief, Model } from './model.js';

/** What is to be read of a page. */
export interface ReadingOptions extends Partial<Pick<ScrapeRequest, 'onlyMainContent' | 'fields'>> {
  /** Whether links say where they lead; by default they do. */
  readonly withTargets?: boolean;
}

/**
 * The page that a turn works on. Whoever makes it has taken secrets out of all that it returns.
 * All of it throws {CarrelError} `browser_crashed`, `browser_not_running` when the browser is gone, `page_unresponsive`.
 */
export interface TurnPage {
  /** Everything: the snapshot is not cut. `markdown` adds the main content. */
  observe(options: { screenshot: boolean; markdown: boolean }, signal: AbortSignal): Promise<Observation>;
  execute(action: Action, signal: AbortSignal): Promise<ActionResult>;
  /** The main content with its links, if nothing else is said. */
  scrape(signal: AbortSignal, options?: ReadingOptions): Promise<ScrapeResult>;
  /**
   * Fills a field of a login into an element of the last observation. It is done only on the login's own origins.
   * @param field `username`, `password`, `totp`, or the name of a further one
   */
  fillCredential(request: { alias: string; field: string; ref: string }, signal: AbortSignal): Promise<ActionResult>;
}

/** What happens in a turn, as it happens. Each is written down before the turn goes on. */
export type TurnEvent =
  | { type: 'step.started'; data: { step: number } }
  /** `attempt` counts the tries of one call of one model. */
  | {
      type: 'model.called';
      /** `thought` is what it said beside its calls. */
      data: { step: number; model: string; durationMs: number; inputTokens: number; outputTokens: number; thought: string };
    }
  | { type: 'model.failed'; data: { step: number; model: string; message: string } }
  /** Values that are typed are in it; those of credentials are not. */
  | { type: 'tool.called'; data: { step: number; tool: string; input: Record<string, Json>; success: boolean; message: string } }
  | {
      type: 'step.finished';
      data: { step: number; summary: Omit<StepSummary, 'hasScreenshot'>; screenshot: Buffer | null; usage: ModelUsage[] };
    };

export interface TurnOptions {
  readonly brief: Brief;
  /** The one to ask first, then the fallbacks. */
  readonly models: readonly [Model, ...Model[]];
  readonly page: TurnPage;
  readonly maxSteps: number;
  readonly maxCostUsd: number | null;
  /** What attempts at this turn that came to nothing have used: it counts towards `maxCostUsd`. */
  readonly usageBefore: readonly ModelUsage[];
  /** What a call cost; null: not known. */
  readonly priceOf: (model: string, usage: { inputTokens: number; cachedInputTokens: number; outputTokens: number }) => number | null;
  /** Keep a picture of the page at each step. */
  readonly screenshots: boolean;
  readonly onEvent: (event: TurnEvent) => Promise<void>;
  /** Told before the first thing is done on a page that may change something outside: from then on the turn is not begun anew. */
  readonly onFirstAction: () => Promise<void>;
  /** Between two steps: resolves when the turn may go on, with what the model is to know of the wait; null: nothing. */
  readonly whenNotPaused: (signal: AbortSignal) => Promise<string | null>;
  /**
   * Asks a person. Resolves with the answer.
   * @throws {HumanTimeout} when nobody answered in time
   */
  readonly askHuman: (question: string, signal: AbortSignal) => Promise<string>;
  /** Ends the turn: with a {TurnEnded} as its reason, which becomes the outcome. */
  readonly signal: AbortSignal;
}

export interface TurnOutcome {
  readonly stopReason: StopReason;
  /** Null unless it is `done` or `max_steps`. */
  readonly result: Json | null;
  readonly failure: { readonly code: TaskFailure; readonly message: string } | null;
}

/** Nobody answered a question in time. */
export class HumanTimeout extends Error {
  override readonly name = 'HumanTimeout';
}

/** The reason of a signal that ends a turn: the outcome that it then has. */
export class TurnEnded extends Error {
  override readonly name = 'TurnEnded';
  readonly outcome: TurnOutcome;
  constructor(outcome: TurnOutcome) {
    super(outcome.failure?.message ?? outcome.stopReason);
    this.outcome = outcome;
  }
}
