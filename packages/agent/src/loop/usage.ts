import type { ModelUsage } from '@carrel/protocol';
import type { Decision } from '../model.js';
import { TurnEnded, type TurnOptions } from '../turn.js';

/** What the models of a turn were used for, and what that cost. */
export class UsageLedger {
  readonly #usage = new Map<string, ModelUsage>();
  readonly #options: Pick<TurnOptions, 'maxCostUsd' | 'priceOf' | 'usageBefore'>;

  constructor(options: Pick<TurnOptions, 'maxCostUsd' | 'priceOf' | 'usageBefore'>) {
    this.#options = options;
  }

  /** What a model was used for that does not say so is not known, and so is its cost. */
  add(model: string, usage: Decision['usage']): void {
    const { inputTokens, cachedInputTokens, outputTokens } = usage ?? { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };
    const costUsd = usage === null ? null : this.#options.priceOf(model, usage);
    const before = this.#usage.get(model);
    this.#usage.set(model, {
      model,
      calls: (before?.calls ?? 0) + 1,
      inputTokens: (before?.inputTokens ?? 0) + inputTokens,
      cachedInputTokens: (before?.cachedInputTokens ?? 0) + cachedInputTokens,
      outputTokens: (before?.outputTokens ?? 0) + outputTokens,
      costUsd: costUsd === null || before?.costUsd === null ? null : (before?.costUsd ?? 0) + costUsd,
    });
  }

  byModel(): ModelUsage[] {
    return [...this.#usage.values()].map((usage) => ({ ...usage }));
  }

  /** @throws {TurnEnded} when what the turn may cost is spent, or nobody knows what it has cost */
  check(): void {
    const { maxCostUsd, usageBefore } = this.#options;
    if (maxCostUsd === null) return;
    const costs = [...usageBefore, ...this.byModel()].map(({ costUsd }) => costUsd);
    const spent = costs.reduce<number>((sum, cost) => sum + (cost ?? 0), 0);
    if (spent < maxCostUsd && !costs.includes(null)) return;
    const message = costs.includes(null)
      ? 'Nobody knows what a model has cost, so that `maxCostUsd` cannot be kept: its price is not set, or it does not say how many tokens it used. Set its price, name another model, or leave `maxCostUsd` out.'
      : `The models have cost $${spent.toFixed(4)}, and \`maxCostUsd\` is $${maxCostUsd}: allow more, or make the task smaller.`;
    throw new TurnEnded({ stopReason: 'budget', result: null, failure: { code: 'budget_exceeded', message } });
  }
}
