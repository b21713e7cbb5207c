import { setTimeout as delay } from 'node:timers/promises';
import { type Decision, type Model, ModelError, type ModelRequest } from '../model.js';
import { TurnEnded, type TurnOptions } from '../turn.js';
import type { UsageLedger } from './usage.js';

const MAX_TRIES = 4;
const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 8_000;
/** Who asks us to wait longer is not waited for. */
const MAX_RETRY_AFTER_MS = 60_000;
/** Of what is told of it. */
const MAX_THOUGHT_CHARS = 1_000;

type AskerOptions = Pick<TurnOptions, 'models' | 'onEvent' | 'signal'>;

/**
 * Asks the models of a turn: each again while it may recover, then the next. The one that answered is the first to be asked from then on.
 */
export class Asker {
  readonly #options: AskerOptions;
  readonly #ledger: UsageLedger;
  #current = 0;

  constructor(options: AskerOptions, ledger: UsageLedger) {
    this.#options = options;
    this.#ledger = ledger;
  }

  /**
   * @param requestFor what to ask a model
   * @throws {TurnEnded} when none answers, one refuses, or what the turn may cost is spent
   */
  async ask(step: number, requestFor: (model: Model) => ModelRequest): Promise<Decision> {
    const failures: ModelError[] = [];
    const { models } = this.#options;
    for (let index = this.#current; index < models.length; index++) {
      const model = models[index] as Model;
      const outcome = await this.#tryHard(step, model, requestFor(model));
      if (!(outcome instanceof ModelError)) {
        this.#current = index;
        return outcome;
      }
      failures.push(outcome);
      if (outcome.kind === 'refused') break;
    }
    throw new TurnEnded({ stopReason: 'error', result: null, failure: failureOf(failures) });
  }

  async #tryHard(step: number, model: Model, request: ModelRequest): Promise<Decision | ModelError> {
    const { onEvent, signal } = this.#options;
    for (let tries = 1; ; tries++) {
      this.#ledger.check();
      const startedAt = performance.now();
      try {
        const decision = await model.decide(request, signal);
        this.#ledger.add(model.name, decision.usage);
        const { inputTokens = 0, outputTokens = 0 } = decision.usage ?? {};
        const durationMs = Math.round(performance.now() - startedAt);
        const thought = decision.thought.slice(0, MAX_THOUGHT_CHARS);
        await onEvent({ type: 'model.called', data: { step, model: model.name, durationMs, inputTokens, outputTokens, thought } });
        return decision;
      } catch (error) {
        if (!(error instanceof ModelError)) throw error;
        await onEvent({ type: 'model.failed', data: { step, model: model.name, message: error.message } });
        const { retryAfterMs } = error;
        if (retryAfterMs === null || retryAfterMs > MAX_RETRY_AFTER_MS || tries >= MAX_TRIES) return error;
        await delay(Math.max(retryAfterMs, backoffMs(tries)), undefined, { signal });
      }
    }
  }
}

/** Some time between half of it and all, so that turns that failed together do not come again together. */
const backoffMs = (tries: number) => Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (tries - 1)) * (0.5 + Math.random() / 2);

const CODES = { unavailable: 'model_unavailable', refused: 'model_refused', required: 'model_required' } as const;

/** What says most about why none answered: a refusal, then that a language model is needed. */
function failureOf(failures: readonly ModelError[]) {
  const kind =
    (['refused', 'required', 'unavailable'] as const).find((one) => failures.some((failure) => failure.kind === one)) ?? 'unavailable';
  return { code: CODES[kind], message: failures.map(({ message }) => message).join(' ') };
}
