import { useCallback, useEffect, useState } from 'react';
import { carrel, parting } from '../app/carrel.js';

/**
 * For how long a link is good, should this page end without a word; one that stays open makes another. With the link ends what a person does
 * through it: that of somebody who may take control lasts longer than anybody works without a break.
 */
const TTL_SECONDS = { view: 900, control: 86_400 };

interface OwnLink {
  url: string | undefined;
  error: unknown;
  /** Makes another one when the link has expired while somebody watches. */
  onExpired: () => void;
}

/** A live link for this page itself: made when something begins to watch, and revoked when it does not any more, or the page is closed. */
export function useLiveLink(browserId: string, scope: 'view' | 'control'): OwnLink {
  const [url, setUrl] = useState<string>();
  const [error, setError] = useState<unknown>();
  const [round, setRound] = useState(0);
  const another = useCallback(() => setRound((before) => before + 1), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each round is another link
  useEffect(() => {
    const ending = new AbortController();
    const { signal } = ending;
    setError(undefined);
    const made = carrel.browsers.createLiveLink(browserId, { scope, ttlSeconds: TTL_SECONDS[scope] });
    made.then(
      (link) => !signal.aborted && setUrl(link.url),
      (failure: unknown) => !signal.aborted && setError(failure),
    );
    // When the browser has ended there is nothing to revoke; and a link whose URL never arrived here nobody has.
    const revoke = () => void made.then(({ id }) => parting.browsers.revokeLiveLink(browserId, id)).catch(() => undefined);
    window.addEventListener('pagehide', revoke, { signal });
    // Somebody went back to the page as it was left.
    window.addEventListener('pageshow', ({ persisted }) => persisted && another(), { signal });
    return () => {
      ending.abort();
      setUrl(undefined);
      revoke();
    };
  }, [browserId, scope, round, another]);
  return { url, error, onExpired: another };
}
