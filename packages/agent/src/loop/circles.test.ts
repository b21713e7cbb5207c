import { describe, expect, it } from 'vitest';
import type { ToolCall } from '../model.js';
import { TurnEnded } from '../turn.js';
import { Circles } from './circles.js';

const called = (name: string): ToolCall => ({ id: 'call_1', name, input: {} });

describe('a turn that does the same over and over', () => {
  it('should not end because it waits for something slow', () => {
    const circles = new Circles();
    for (let n = 0; n < 20; n++) expect(circles.note(null, [called('wait')])).toBeNull();
  });

  it('should end when it does more than wait', () => {
    const circles = new Circles();
    const again = () => circles.note(null, [called('wait'), called('click')]);
    for (let n = 0; n < 4; n++) again();
    expect(again).toThrow(TurnEnded);
  });
});
