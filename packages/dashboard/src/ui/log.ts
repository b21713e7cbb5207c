import { useEffect, useRef, useState } from 'react';

const MAX_ENTRIES = 5_000;

interface Log<Entry> {
  /** Oldest first; of very long logs the end. */
  entries: readonly Entry[];
  error: unknown;
  /** Whether anything has come. */
  hasBegun: boolean;
}

/** Follows a log of the server for as long as it is shown. What comes at once is shown at once: one drawing for a whole burst. */
export function useLog<Entry>(key: string, open: (signal: AbortSignal) => AsyncIterable<Entry>): Log<Entry> {
  const [log, setLog] = useState<Log<Entry>>({ entries: [], error: undefined, hasBegun: false });
  const latest = useRef(open);
  latest.current = open;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says which log it is; the function is new with every drawing
  useEffect(() => {
    const ending = new AbortController();
    let entries: readonly Entry[] = [];
    let frame: number | undefined;
    const show = () => {
      frame = undefined;
      setLog({ entries, error: undefined, hasBegun: true });
    };
    setLog({ entries, error: undefined, hasBegun: false });
    const follow = async () => {
      for await (const entry of latest.current(ending.signal)) {
        entries = [...entries, entry].slice(-MAX_ENTRIES);
        frame ??= requestAnimationFrame(show);
      }
      show();
    };
    follow().catch((error: unknown) => {
      if (!ending.signal.aborted) setLog({ entries, error, hasBegun: true });
    });
    return () => {
      ending.abort(new DOMException('It is not shown any more.', 'AbortError'));
      if (frame !== undefined) cancelAnimationFrame(frame);
    };
  }, [key]);
  return log;
}
