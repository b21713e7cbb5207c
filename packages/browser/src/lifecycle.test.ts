import type { BrowserStatus, EndReason } from '@carrel/protocol';
import { describe, expect, it } from 'vitest';
import { endFor, isEnd, Lifecycle, type Transition } from './lifecycle.js';

const closed: EndReason = { code: 'closed_by_client', message: 'Closed by a client.' };
const idle: EndReason = { code: 'idle_timeout', message: 'No client sent anything.' };

/** How a browser gets to each of the states. */
const WAYS: Record<BrowserStatus, readonly BrowserStatus[]> = {
  starting: [],
  running: ['running'],
  closing: ['running', 'closing'],
  closed: ['running', 'closing', 'closed'],
  timed_out: ['running', 'closing', 'timed_out'],
  failed: ['failed'],
};
const STATES = Object.keys(WAYS) as BrowserStatus[];
/** All that is allowed; everything else is not. */
const ALLOWED = new Set([
  'starting running',
  'starting closing',
  'starting failed',
  'running closing',
  'running failed',
  'closing closed',
  'closing timed_out',
  'closing failed',
]);

function lifecycleIn(state: BrowserStatus) {
  const transitions: Transition[] = [];
  const lifecycle = new Lifecycle((transition) => transitions.push(transition));
  for (const step of WAYS[state]) expect(lifecycle.to(step)).toBe(true);
  return { lifecycle, transitions };
}

describe('Lifecycle', () => {
  it.each(STATES.flatMap((from) => STATES.map((to) => [from, to] as const)))('should know whether %s may become %s', (from, to) => {
    const { lifecycle, transitions } = lifecycleIn(from);
    const before = transitions.length;
    const isAllowed = ALLOWED.has(`${from} ${to}`);
    expect(lifecycle.to(to, closed)).toBe(isAllowed);
    expect(lifecycle.status).toBe(isAllowed ? to : from);
    expect(transitions.slice(before)).toEqual(isAllowed ? [{ from, to, at: expect.any(Date), reason: closed }] : []);
  });

  it('should tell each transition once, in order, with the reason from where it is known', () => {
    const { lifecycle, transitions } = lifecycleIn('running');
    lifecycle.to('closing', idle);
    lifecycle.to('timed_out');
    expect(transitions.map(({ from, to, reason }) => [from, to, reason])).toEqual([
      ['starting', 'running', null],
      ['running', 'closing', idle],
      ['closing', 'timed_out', idle],
    ]);
  });

  it('should keep the reason of the first that ends it', () => {
    const { lifecycle } = lifecycleIn('running');
    expect(lifecycle.to('closing', idle)).toBe(true);
    expect(lifecycle.to('closing', closed)).toBe(false);
    expect(lifecycle.to('timed_out')).toBe(true);
    expect(lifecycle.to('failed', { code: 'crashed', message: 'too late' })).toBe(false);
    expect(lifecycle).toMatchObject({ status: 'timed_out', reason: idle });
  });

  it('should have an end time from its end on, and not before', () => {
    const { lifecycle, transitions } = lifecycleIn('closing');
    expect(lifecycle.endedAt).toBeNull();
    lifecycle.to('closed');
    expect(lifecycle.endedAt).toBe(transitions.at(-1)?.at);
  });

  it('should lead each reason to the end that says what happened', () => {
    const end = (code: EndReason['code']) => endFor({ code, message: '' });
    expect((['closed_by_client', 'server_shutdown'] as const).map(end)).toEqual(['closed', 'closed']);
    expect((['idle_timeout', 'max_duration'] as const).map(end)).toEqual(['timed_out', 'timed_out']);
    expect((['crashed', 'launch_failed', 'server_died'] as const).map(end)).toEqual(['failed', 'failed', 'failed']);
    expect(STATES.filter(isEnd).sort()).toEqual(['closed', 'failed', 'timed_out']);
  });
});
