import type { ProjectEvent } from '@carrel/sdk';
import { type QueryKey, queryOptions, useQueryClient } from '@tanstack/react-query';
import { useEffect, useReducer, useRef, useState } from 'react';
import { carrel } from './carrel.js';
import { useIsVisible } from './visible.js';

/** What comes in a burst is asked for once. */
const BURST_MS = 150;
const RETRY_DELAY_MS = 2_000;

/** The line after which all is told that may differ from what the pages read: to be asked for before they read anything. */
export const firstLineQuery = queryOptions({
  queryKey: ['first-line'],
  queryFn: ({ signal }) => carrel.events.last({ signal, maxRetries: 0 }),
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
});

/** What the pages know that may be different after an event. */
function touchedBy(event: ProjectEvent): QueryKey[] {
  const { type, browserId, sessionId, taskId, endUserId, profileId, webhookId, apiKeyId } = event;
  const [subject] = type.split('.');
  const touched: QueryKey[] = [['capacity']];
  if (browserId !== null) touched.push(['browser', browserId], ['browsers'], ['recordings']);
  if (subject === 'recording') touched.push(['recording', browserId]);
  if (sessionId !== null) touched.push(['session', sessionId]);
  if (taskId !== null || subject === 'session') touched.push(['sessions']);
  if (endUserId !== null) touched.push(['end-users']);
  if (subject === 'credentials' || subject === 'end_user') touched.push(['end-user', endUserId]);
  if (profileId !== null) touched.push(['profiles'], ['profile', profileId]);
  if (webhookId !== null) touched.push(['webhooks'], ['webhook', webhookId]);
  if (apiKeyId !== null) touched.push(['api-keys']);
  if (subject === 'project') touched.push(['projects'], ['me']);
  if (['profile', 'credentials', 'end_user', 'project', 'master_key'].includes(subject ?? '')) touched.push(['audit']);
  return touched;
}

/**
 * Keeps all that the pages show fresh by one connection: whatever an event of the project is about is read again, if it is shown.
 * Says whether the connection stands.
 */
export function useEventsOfProject(): boolean {
  const queryClient = useQueryClient();
  const [isLive, setLive] = useState(true);
  const isVisible = useIsVisible();
  const hasBegun = useRef(false);
  const [networkChanges, restart] = useReducer((count: number) => count + 1, 0);
  // Of a network that has gone, a connection over it says nothing; another one tells whether the server can be reached all the same.
  useEffect(() => {
    window.addEventListener('offline', restart);
    window.addEventListener('online', restart);
    return () => {
      window.removeEventListener('offline', restart);
      window.removeEventListener('online', restart);
    };
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of the network is another connection
  useEffect(() => {
    if (!isVisible) return;
    const ending = new AbortController();
    const { signal } = ending;
    let touched = new Map<string, QueryKey>();
    let burst: ReturnType<typeof setTimeout> | undefined;
    let retry: ReturnType<typeof setTimeout> | undefined;
    const refresh = () => {
      burst = undefined;
      for (const queryKey of touched.values()) void queryClient.invalidateQueries({ queryKey });
      touched = new Map();
    };
    const follow = async () => {
      const isFirst = !hasBegun.current;
      hasBegun.current = true;
      const after = isFirst ? await queryClient.ensureQueryData(firstLineQuery) : await carrel.events.last({ signal, maxRetries: 0 });
      setLive(true);
      // What was read before may be older than that.
      if (!isFirst) void queryClient.invalidateQueries();
      for await (const event of carrel.events.follow({ after, signal, maxRetries: 0 })) {
        for (const queryKey of touchedBy(event)) touched.set(queryKey.join(' '), queryKey);
        burst ??= setTimeout(refresh, BURST_MS);
      }
    };
    const begin = () => {
      follow().catch(() => {
        if (signal.aborted) return;
        // The server is away, or restarts: the page says so, and goes on with what it knows.
        setLive(false);
        retry = setTimeout(begin, RETRY_DELAY_MS);
      });
    };
    begin();
    return () => {
      ending.abort(new DOMException('The page was left.', 'AbortError'));
      clearTimeout(burst);
      clearTimeout(retry);
    };
  }, [queryClient, isVisible, networkChanges]);
  return isLive;
}
