/** What a turn comes to that is ended from outside. */
export const CANCELLED = { stopReason: 'cancelled', result: null, failure: null } as const;

export const timedOut = (timeoutMs: number) => ({
  stopReason: 'timeout' as const,
  result: null,
  failure: {
    code: 'timeout' as const,
    message: `It took longer than ${timeoutMs} ms, without the time that it waited for people. Give it more (timeoutMs), or less to do.`,
  },
});

export const neverResumed = (withinMs: number) => {
  const message = `It was paused, and never resumed within ${Math.round(withinMs / 1000)} seconds. Submit it again.`;
  return { stopReason: 'human_timeout' as const, result: null, failure: { code: 'human_timeout' as const, message } };
};
