import type { ModelUsage } from '@carrel/protocol';

/** What models were used for in the attempts before and in this one. */
export function addUsage(before: readonly ModelUsage[], now: readonly ModelUsage[]): ModelUsage[] {
  const sums = new Map(before.map((usage) => [usage.model, usage]));
  for (const usage of now) {
    const other = sums.get(usage.model);
    sums.set(usage.model, other === undefined ? usage : addTwo(other, usage));
  }
  return [...sums.values()];
}

const addTwo = (a: ModelUsage, b: ModelUsage): ModelUsage => ({
  model: a.model,
  calls: a.calls + b.calls,
  inputTokens: a.inputTokens + b.inputTokens,
  cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  costUsd: a.costUsd === null || b.costUsd === null ? null : a.costUsd + b.costUsd,
});
