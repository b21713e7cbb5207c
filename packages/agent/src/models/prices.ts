import type { Decision } from '../model.js';

/** US dollars for a million tokens, by the name of the model. */
export type ModelPrices = Readonly<
  Record<string, { readonly input: number; readonly cachedInput?: number | undefined; readonly output: number }>
>;

/** What a call cost, in US dollars; null when the price of the model is not known. */
export function priceOf(prices: ModelPrices, model: string, usage: NonNullable<Decision['usage']>): number | null {
  const price = Object.hasOwn(prices, model) ? prices[model] : undefined;
  if (price === undefined) return null;
  const fresh = usage.inputTokens - usage.cachedInputTokens;
  return (fresh * price.input + usage.cachedInputTokens * (price.cachedInput ?? price.input) + usage.outputTokens * price.output) / 1e6;
}
