import type { Browser, BrowserResources } from '@carrel/sdk';
import { useEffect, useRef, useState } from 'react';
import { useIsVisible } from '../../app/visible.js';

const MAX_KEPT = 60;
const RETRY_DELAY_MS = 5_000;
const MAX_FAILURES = 5;

/** What a browser uses, as the server measures it, newest last. It is followed only while somebody can see it. */
export function useResources(browser: Browser): readonly BrowserResources[] {
  const [measured, setMeasured] = useState<readonly BrowserResources[]>([]);
  const isVisible = useIsVisible();
  const latest = useRef(browser);
  latest.current = browser;
  const { id } = browser;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the id says which browser it is; the object is new with every reading
  useEffect(() => {
    if (!isVisible) return;
    const ending = new AbortController();
    const { signal } = ending;
    let failures = 0;
    let retry: ReturnType<typeof setTimeout> | undefined;
    const follow = async () => {
      for await (const one of latest.current.followResources({ signal })) {
        failures = 0;
        setMeasured((before) => [...before, one].slice(-MAX_KEPT));
      }
    };
    const begin = () => {
      follow().catch(() => {
        // The server is away, which the page says; or the browser is on another one, which this page may not ask.
        failures += 1;
        if (!signal.aborted && failures <= MAX_FAILURES) retry = setTimeout(begin, RETRY_DELAY_MS);
      });
    };
    begin();
    return () => {
      ending.abort(new DOMException('It is not shown any more.', 'AbortError'));
      clearTimeout(retry);
    };
  }, [id, isVisible]);
  return measured;
}
