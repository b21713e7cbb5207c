import { CarrelError, type StepSummary } from '@carrel/protocol';
import type { Decision, Model, ModelRequest, PageView, ToolCall, ToolDefinition, ToolResult } from '../model.js';
import { newMarker } from '../prompt/marked.js';
import { systemPrompt } from '../prompt/system.js';
import { DONE, doneTool, PageText, type Tool, toolsFor } from '../tools/index.js';
import { HumanTimeout, TurnEnded, type TurnOptions, type TurnOutcome } from '../turn.js';
import { AnswerDesk } from './answer.js';
import { Asker } from './asker.js';
import { type CallsOfStep, isGone, makeCalls } from './calls.js';
import { Circles } from './circles.js';
import { History } from './history.js';
import { summarize } from './summary.js';
import { UsageLedger } from './usage.js';

/** How often a model that has no steps left is asked for its answer. */
const LAST_CALLS = 4;

/**
 * Runs one turn to its end: look at the page, ask the model once, do what it decided, and again.
 * @throws what `onEvent` and the other callbacks throw, and the reason of `signal` when that is no {TurnEnded}
 */
export async function runTurn(options: TurnOptions): Promise<TurnOutcome> {
  try {
    return await new Turn(options).run();
  } catch (error) {
    // Whatever broke when the turn was ended, broke for that.
    const reason: unknown = options.signal.aborted ? options.signal.reason : error;
    if (reason instanceof TurnEnded) return reason.outcome;
    if (reason instanceof HumanTimeout) {
      const message = reason.message || 'A person was asked for help, and nobody answered in time.';
      return { stopReason: 'human_timeout', result: null, failure: { code: 'human_timeout', message } };
    }
    if (reason instanceof CarrelError && isGone(reason)) {
      return { stopReason: 'error', result: null, failure: { code: 'browser_failed', message: reason.message } };
    }
    throw reason;
  }
}

/** What one look gave. */
interface Look {
  readonly view: PageView | null;
  /** Why there is nothing to see. */
  readonly problem: string | null;
}

class Turn {
  readonly #options: TurnOptions;
  readonly #ledger: UsageLedger;
  readonly #asker: Asker;
  readonly #desk: AnswerDesk;
  readonly #history = new History();
  readonly #circles = new Circles();
  readonly #text = new PageText();
  readonly #marker = newMarker();
  readonly #system: string;
  readonly #takesPictures: boolean;
  #warning: string | null = null;
  #firstAction: Promise<void> | undefined;

  constructor(options: TurnOptions) {
    this.#options = options;
    this.#ledger = new UsageLedger(options);
    this.#asker = new Asker(options, this.#ledger);
    this.#desk = new AnswerDesk(options.brief);
    this.#system = systemPrompt(options.brief, { marker: this.#marker, maxSteps: options.maxSteps });
    this.#takesPictures = options.screenshots || options.models.some(({ seesPictures }) => seesPictures);
  }

  async run(): Promise<TurnOutcome> {
    const { maxSteps } = this.#options;
    for (let step = 1; step <= maxSteps; step++) {
      const { answer } = await this.#step(step, false);
      if (answer !== undefined) return { stopReason: 'done', result: answer, failure: null };
    }
    for (let step = maxSteps + 1; step <= maxSteps + LAST_CALLS; step++) {
      const { answer } = await this.#step(step, true);
      if (answer !== undefined) return { stopReason: 'max_steps', result: answer, failure: null };
    }
    const message = `There was no answer within ${maxSteps} steps, and the model gave none when it had to. Allow more steps, or name another model.`;
    return { stopReason: 'stalled', result: null, failure: { code: 'stalled', message } };
  }

  async #step(step: number, mustFinish: boolean): Promise<CallsOfStep> {
    const { onEvent, signal, whenNotPaused } = this.#options;
    const news = await whenNotPaused(signal);
    signal.throwIfAborted();
    const startedAt = performance.now();
    // A look changes nothing: it need not wait for that line to be written, as all that comes after it does.
    const [look] = await Promise.all([this.#look(), onEvent({ type: 'step.started', data: { step } })]);
    const notice = [news, look.problem, this.#warning].filter((text) => text !== null).join('\n') || null;
    const decision = await this.#asker.ask(step, (model) => this.#request(model, { view: look.view, notice, mustFinish }));
    signal.throwIfAborted();
    const finish = (summary: Pick<StepSummary, 'type' | 'msg' | 'success' | 'url' | 'tools'>) =>
      this.#finish({ n: step, ...summary, durationMs: Math.round(performance.now() - startedAt) }, look);
    const outcome = await this.#carryOut(step, decision, look, mustFinish).catch(async (error: unknown) => {
      // A turn that ends in the middle of a step still says what the step has cost.
      if ((error instanceof TurnEnded || error instanceof HumanTimeout) && !signal.aborted) {
        await finish({ type: 'planning', msg: error.message, success: false, url: urlOf(look), tools: [] });
      }
      throw error;
    });
    await finish(summarize(decision, outcome.made, urlOf(look)));
    return outcome;
  }

  async #carryOut(step: number, { calls, thought }: Decision, { view }: Look, mustFinish: boolean): Promise<CallsOfStep> {
    this.#ledger.check();
    const { brief, page, askHuman, signal, onEvent } = this.#options;
    this.#warning = this.#circles.note(view?.observation ?? null, calls);
    if (calls.length === 0) this.#warning ??= `You called no tool: call one. When you are finished, call \`${DONE}\`.`;
    const outcome = await makeCalls(calls, {
      tools: mustFinish ? [] : toolsFor(brief, { seesPictures: true }),
      context: { page, brief, observation: view?.observation ?? null, text: this.#text, askHuman, signal },
      desk: this.#desk,
      onFirstAction: () => (this.#firstAction ??= this.#options.onFirstAction()),
      onCall: ({ name, input }: ToolCall, { success, text, publicText = text }: ToolResult) =>
        onEvent({ type: 'tool.called', data: { step, tool: name, input, success, message: publicText.slice(0, 1000) } }),
    });
    this.#history.add({ n: step, thought, calls: outcome.made });
    return outcome;
  }

  async #look(): Promise<Look> {
    const { page, signal } = this.#options;
    try {
      const observation = await page.observe({ screenshot: this.#takesPictures, markdown: false }, signal);
      const { tabId, url } = observation.metadata;
      this.#text.replace(observation.snapshot, `${tabId} ${url}`);
      return { view: { observation, ...this.#text.shown }, problem: null };
    } catch (error) {
      if (!(error instanceof CarrelError) || isGone(error)) throw error;
      return { view: null, problem: `The page could not be looked at (${error.code}). Open another one, go back, or wait.` };
    }
  }

  #request(model: Model, now: Pick<ModelRequest, 'view' | 'notice' | 'mustFinish'>): ModelRequest {
    const { brief } = this.#options;
    const done = doneTool(brief);
    const tools: ToolDefinition[] = now.mustFinish ? [done] : [...toolsFor(brief, model).map(({ definition }: Tool) => definition), done];
    return { system: this.#system, brief, history: this.#history.steps, tools, marker: this.#marker, ...now };
  }

  async #finish(summary: Omit<StepSummary, 'hasScreenshot'>, { view }: Look): Promise<void> {
    const picture = this.#options.screenshots ? view?.observation.screenshot : undefined;
    await this.#options.onEvent({
      type: 'step.finished',
      data: {
        step: summary.n,
        summary,
        screenshot: picture === undefined ? null : Buffer.from(picture.base64, 'base64'),
        usage: this.#ledger.byModel(),
      },
    });
  }
}

const urlOf = ({ view }: Look) => view?.observation.metadata.url ?? '';
