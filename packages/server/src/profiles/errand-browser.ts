import { Browser, EgressPolicy, type Isolation, type ProfileArchive, type ProfileSnapshot, TRANSFER_MESSAGE_BYTES } from '@carrel/browser';
import { CarrelError } from '@carrel/protocol';

/** However much there is to move: the request that asks for it may not take much longer. */
const MAX_DURATION_MS = 10 * 60_000;
const ENOUGH: { code: 'closed_by_client'; message: string } = { code: 'closed_by_client', message: 'What it was opened for is done.' };

export interface Errand<T> {
  readonly browserId: string;
  readonly isolation: Isolation;
  /** What it starts with, and disposes of; null: nothing. */
  readonly restore: ProfileArchive | null;
  /** What it is opened for. */
  readonly run: (browser: Browser) => Promise<T>;
  /** What is kept of a browser at most. */
  readonly maxBytes: number;
  /** Keeps what the browser has, after it has run well. */
  readonly save?: (take: () => Promise<ProfileSnapshot>) => Promise<void>;
  /** Ends it before it has run: then nothing is saved. */
  readonly signal: AbortSignal;
}

/**
 * Opens a browser of the server's own, which no client can reach and which reaches nothing, does something with it, and closes it.
 * @throws {CarrelError} `launch_failed`, `chromium_not_found`, `browser_crashed`, `page_unresponsive` when it takes too long, and what the
 * errand and its saving throw
 */
export async function runErrand<T>({ browserId, isolation, restore, maxBytes, run, save, signal }: Errand<T>): Promise<T> {
  signal.throwIfAborted();
  let isDone = false;
  const { browser, started } = Browser.open(isolation, {
    id: browserId,
    kind: 'headless-shell',
    idleTimeoutMs: MAX_DURATION_MS,
    maxDurationMs: MAX_DURATION_MS,
    limits: { maxCdpMessageBytes: TRANSFER_MESSAGE_BYTES, maxFileBytes: 1, maxFilesBytes: 1 },
    egress: { policy: new EgressPolicy(), rules: { allow: [] } },
    profile: {
      restore: restore ?? undefined,
      ...{ keepTabs: false, keepSessionStorage: false, maxBytes },
      save: save && (async (take) => (isDone ? save(take) : undefined)),
    },
  });
  const end = () => void browser.close(ENOUGH).catch(() => {}); // told below
  signal.addEventListener('abort', end, { once: true });
  try {
    await started;
    const result = await browser.use(() => run(browser));
    signal.throwIfAborted();
    isDone = true;
    await browser.close(ENOUGH);
    return result;
  } catch (error) {
    signal.throwIfAborted();
    throw browser.status === 'timed_out' ? tookTooLong(error) : error;
  } finally {
    signal.removeEventListener('abort', end);
    end();
    await browser.ended.catch(() => {}); // what could not be saved was told; what could not be removed is swept at the next start
  }
}

const tookTooLong = (cause: unknown) =>
  new CarrelError('page_unresponsive', `It took more than ${MAX_DURATION_MS / 60_000} minutes. Move less at once.`, { cause });
