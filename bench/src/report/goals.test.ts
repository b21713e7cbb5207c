import { describe, expect, it } from 'vitest';
import { figureOf, type Goal, isReached } from './goals.js';

const goal = (changes: Partial<Goal>): Goal => ({ what: 'something', unit: 'ms', ours: 10, limit: { atMost: 10 }, ...changes });

describe('isReached', () => {
  it.each([
    [{}, true],
    [{ ours: 10.1 }, false],
    [{ limit: { atLeast: 10 } }, true],
    [{ ours: 9.9, limit: { atLeast: 10 } }, false],
    [{ beside: { name: 'floor', value: 8 }, limit: { atMost: 1.25 } }, true],
    [{ beside: { name: 'floor', value: 7.9 }, limit: { atMost: 1.25 } }, false],
  ])('should hold %j to its limit: %s', (changes, expected) => {
    expect(isReached(goal(changes))).toBe(expected);
  });

  it.each([[{ ours: undefined }], [{ beside: { name: 'floor', value: undefined } }], [{ beside: { name: 'floor', value: 0 } }]])(
    'should not claim anything of what was not measured: %j',
    (changes) => {
      expect(figureOf(goal(changes))).toBeUndefined();
      expect(isReached(goal(changes))).toBeUndefined();
    },
  );
});
