import type { BrowserPool, PreparedBrowser } from '@carrel/browser';
import type { Browser, OpenBrowserRequest, StartupReason } from '@carrel/protocol';

/** What a browser starts from: one that was started ahead, or nothing. */
export interface Preparation {
  prepared: PreparedBrowser | undefined;
  startup: Pick<Browser, 'startup' | 'startupReason'>;
}

const cold = (startupReason: StartupReason): Preparation => ({ prepared: undefined, startup: { startup: 'cold', startupReason } });

/**
 * Looks for a browser that was started ahead and is as asked for. It is the caller's from then on: to be opened, or disposed of.
 * @param country where it is to leave, two letters of ISO 3166-1; null: not known
 */
export async function takePrepared(
  pool: Pick<BrowserPool, 'size' | 'take'>,
  { kind = 'headless-shell', identity = {}, profile }: OpenBrowserRequest,
  country: string | null,
): Promise<Preparation> {
  if (profile !== undefined) return cold('profile');
  if (pool.size === 0) return cold('pool_off');
  try {
    const taken = await pool.take({ kind, asked: identity, country });
    if (taken.prepared === undefined) return cold(taken.isKept ? 'pool_empty' : 'pool_miss');
    const { prepared } = taken;
    return taken.wasReady ? { prepared, startup: { startup: 'warm', startupReason: null } } : { ...cold('pool_empty'), prepared };
  } catch {
    return cold('pool_miss'); // the browser will not start, and say why in its log
  }
}
