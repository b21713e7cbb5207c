import { useCallback, useEffect, useState } from 'react';
import { carrel } from '../app/carrel.js';
import { EXPIRED } from './live-session.js';

/** A page that is closed cannot revoke its link any more; one that stays open makes another. */
const TTL_SECONDS = 900;

interface OwnLink {
  url: string | undefined;
  error: unknown;
  /** Makes another one when the link has expired while somebody watches. */
  onEnd: (code: number) => void;
}

/** A live link for this page itself: made when something begins to watch, and revoked when it does not any more. */
export function useLiveLink(browserId: string, scope: 'view' | 'control'): OwnLink {
  const [url, setUrl] = useState<string>();
  const [error, setError] = useState<unknown>();
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each round is another link
  useEffect(() => {
    const ending = new AbortController();
    setError(undefined);
    const made = carrel.browsers.createLiveLink(browserId, { scope, ttlSeconds: TTL_SECONDS });
    made.then(
      (link) => !ending.signal.aborted && setUrl(link.url),
      (failure: unknown) => !ending.signal.aborted && setError(failure),
    );
    return () => {
      ending.abort();
      setUrl(undefined);
      // It ends by itself; when the browser has ended, or the link was never made, there is nothing to revoke.
      made.then(({ id }) => carrel.browsers.revokeLiveLink(browserId, id)).catch(() => undefined);
    };
  }, [browserId, scope, round]);
  const onEnd = useCallback((code: number) => {
    if (code === EXPIRED) setRound((before) => before + 1);
  }, []);
  return { url, error, onEnd };
}
