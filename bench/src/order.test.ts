import { expect, it } from 'vitest';
import { orderOfRound } from './order.js';

it('should go through every order before it repeats one', () => {
  const orders = Array.from({ length: 6 }, (_, round) => orderOfRound(['a', 'b', 'c'], round).join(''));
  expect(orders.toSorted()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
  expect(orderOfRound(['a', 'b', 'c'], 6)).toEqual(orderOfRound(['a', 'b', 'c'], 0));
});

it('should let each contender run after each other one equally often', () => {
  const pairs = new Map<string, number>();
  for (let round = 0; round < 6; round++) {
    const order = orderOfRound(['a', 'b', 'c'], round);
    for (const [index, name] of order.slice(1).entries()) {
      const pair = `${order[index]}${name}`;
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    }
  }
  expect(new Set(pairs.values())).toEqual(new Set([2]));
  expect(pairs.size).toBe(6);
});
