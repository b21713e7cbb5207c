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
const PAGE_DEADLINE_MS = 2_000;
const MAX_FRAMES = 100;

/** Reads what open pages and frames have in localStorage and sessionStorage, over a session of its own, without running anything in them. */
export async function readPageStorage(session: CdpSession, kinds: { isSessionStorageWanted: boolean }): Promise<PageStorage[]> {
  const { targetInfos } = await session.send('Target.getTargets', {});
  const pages = targetInfos.filter(({ type, url }) => (type === 'page' || type === 'iframe') && /^https?:/.test(url));
  const read = await Promise.all(
    pages.map((page) => readTarget(session, page.targetId, kinds.isSessionStorageWanted).catch(() => undefined)), // it has closed, or is busy
  );
  return read.filter((storage) => storage !== undefined);
}

async function readTarget(session: CdpSession, targetId: string, isSessionStorageWanted: boolean): Promise<PageStorage> {
  const timeoutMs = PAGE_DEADLINE_MS;
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
