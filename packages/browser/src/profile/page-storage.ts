import { setTimeout as delay } from 'node:timers/promises';
import type { CdpSession } from '../cdp/index.js';

/** What a page has stored under one storage key. */
export interface StoredItems {
  /** As Chromium names it: `https://example.com/`, with more after it in a frame of another site. */
  storageKey: string;
  origin: string;
  entries: [name: string, value: string][];
}

export interface PageStorage {
  targetId: string;
  localStorage: StoredItems[];
  sessionStorage: StoredItems[];
}

/** A page whose scripts are busy does not answer; what it holds is then as it was last written to disk. */
const PAGES_DEADLINE_MS = 1_000;
const MAX_FRAMES = 100;

/** The ids of pages and frames that are in no context of a client's own: those share nothing with what is kept. */
export async function keptTargets(session: CdpSession): Promise<{ targetId: string; url: string }[]> {
  const [{ targetInfos }, { browserContextIds }] = await Promise.all([
    session.send('Target.getTargets', {}),
    session.send('Target.getBrowserContexts', undefined),
  ]);
  return targetInfos.filter(
    ({ type, browserContextId }) =>
      (type === 'page' || type === 'iframe') && (browserContextId === undefined || !browserContextIds.includes(browserContextId)),
  );
}

/** Reads what open pages and frames have in localStorage and sessionStorage, over a session of its own, without running anything in them. */
export async function readPageStorage(
  session: CdpSession,
  targets: readonly { targetId: string; url: string }[],
  kinds: { isSessionStorageWanted: boolean },
): Promise<PageStorage[]> {
  const read: PageStorage[] = [];
  const reading = targets
    .filter(({ url }) => /^https?:/.test(url))
    .map(async ({ targetId }) => {
      await readTarget(session, targetId, kinds.isSessionStorageWanted).then(
        (storage) => read.push(storage),
        () => {}, // it has closed, or is busy
      );
    });
  await Promise.race([Promise.all(reading), delay(PAGES_DEADLINE_MS, undefined, { ref: false })]);
  return [...read];
}

async function readTarget(session: CdpSession, targetId: string, isSessionStorageWanted: boolean): Promise<PageStorage> {
  const timeoutMs = PAGES_DEADLINE_MS;
  const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: true }, { timeoutMs });
  const call = { sessionId, timeoutMs };
  const { frameTree } = await session.send('Page.getFrameTree', undefined, call);
  const frames = flatten(frameTree).slice(0, MAX_FRAMES);
  const keys = new Map<string, string>();
  for (const { id, securityOrigin } of frames) {
    if (!/^https?:/.test(securityOrigin)) continue;
    const { storageKey } = await session.send('Storage.getStorageKeyForFrame', { frameId: id }, call);
    keys.set(storageKey, securityOrigin);
  }
  const read = async (isLocalStorage: boolean): Promise<StoredItems[]> => {
    const items: StoredItems[] = [];
    for (const [storageKey, origin] of keys) {
      const { entries } = await session.send('DOMStorage.getDOMStorageItems', { storageId: { storageKey, isLocalStorage } }, call);
      items.push({ storageKey, origin, entries: entries.map(([name = '', value = '']) => [name, value]) });
    }
    return items;
  };
  return { targetId, localStorage: await read(true), sessionStorage: isSessionStorageWanted ? await read(false) : [] };
}

interface FrameTree {
  frame: { id: string; securityOrigin: string };
  childFrames?: FrameTree[];
}

const flatten = ({ frame, childFrames = [] }: FrameTree): FrameTree['frame'][] => [frame, ...childFrames.flatMap(flatten)];
