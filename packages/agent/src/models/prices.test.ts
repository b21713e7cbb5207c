import { describe, expect, it } from 'vitest';
import { priceOf } from './prices.js';

describe('the price of a call', () => {
  const prices = { 'openai/a': { input: 2, cachedInput: 0.5, output: 10 }, 'openai/b': { input: 2, output: 10 } };
  const usage = { inputTokens: 1_000_000, cachedInputTokens: 400_000, outputTokens: 100_000 };

  it('should count cached input at its own price, and as other input where it has none', () => {
    expect(priceOf(prices, 'openai/a', usage)).toBeCloseTo(0.6 * 2 + 0.4 * 0.5 + 1);
    expect(priceOf(prices, 'openai/b', usage)).toBeCloseTo(3);
  });

  it('should not be made up', () => {
    expect(priceOf(prices, 'openai/c', usage)).toBeNull();
    expect(priceOf(prices, 'constructor', usage)).toBeNull();
  });
});
