import type { StorageState } from '@carrel/protocol';
import type { Protocol } from 'devtools-protocol';
import type { CdpSession, SendOptions } from '../cdp/index.js';
import { attend } from './attend.js';
import { Deadline } from './deadline.js';
import { sessionOf } from './layout.js';
import type { TabList } from './tabs.js';

/** Of one origin. */
export type LocalStorage = Pick<StorageState['origins'][number], 'origin' | 'localStorage'>;

/** A page whose scripts are busy does not answer, and nobody is to wait for it long. */
const READ_MS = 1_000;
const MAX_FRAMES = 100;
const FRAMES = [{ type: 'iframe' }, { exclude: true }];

export interface LocalStorageParts {
  readonly session: CdpSession;
  readonly tabs: TabList;
}

/**
 * What the pages that are open, and their frames, have in localStorage at the moment, of the origins that are wanted. No script of theirs is
 * asked, and none hears of it. Of a page that does not answer at once, such as one with a dialog open, there is nothing.
 */
export async function readLocalStorage(
  { session, tabs }: LocalStorageParts,
  isWanted: (origin: string) => boolean,
): Promise<LocalStorage[]> {
  const deadline = new Deadline(READ_MS);
  const found: LocalStorage[] = [];
  const read = async (to: SendOptions) => void found.push(...(await readTarget(session, to, isWanted)));
  const reading = tabs
    .all()
    .filter(({ url, sessionId }) => sessionId !== undefined && isStoring(url))
    // One that has closed, crashed or does not answer shows nothing either.
    .map((tab) => attend(tab, deadline, undefined, () => read(sessionOf(tab, deadline))));
  await Promise.all([...reading, readFrames(session, deadline, isWanted, read)]);
  return found;
}

/** Frames of other sites are in processes of their own, and are asked there. */
async function readFrames(
  session: CdpSession,
  deadline: Deadline,
  isWanted: (origin: string) => boolean,
  read: (to: SendOptions) => Promise<void>,
): Promise<void> {
  const timeoutMs = () => deadline.remainingOrOneMs;
  const { targetInfos } = await session.send('Target.getTargets', { filter: FRAMES }, { timeoutMs: timeoutMs() });
  const wanted = targetInfos.filter(({ url }) => isOf(url, isWanted)).slice(0, MAX_FRAMES);
  const readFrame = async ({ targetId }: Protocol.Target.TargetInfo) => {
    const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: true }, { timeoutMs: timeoutMs() });
    try {
      await read({ sessionId, timeoutMs: timeoutMs() });
    } finally {
      await session.send('Target.detachFromTarget', { sessionId });
    }
  };
  await Promise.allSettled(wanted.map(readFrame)); // a frame that has gone, or does not answer, shows nothing either
}

async function readTarget(session: CdpSession, to: SendOptions, isWanted: (origin: string) => boolean): Promise<LocalStorage[]> {
  const { frameTree } = await session.send('Page.getFrameTree', undefined, to);
  const frames = framesOf(frameTree).filter(({ securityOrigin }) => isOf(securityOrigin, isWanted));
  const origins = new Map<string, string>();
  for (const { id, securityOrigin } of frames.slice(0, MAX_FRAMES)) {
    const { storageKey } = await session.send('Storage.getStorageKeyForFrame', { frameId: id }, to);
    origins.set(storageKey, securityOrigin);
  }
  const read: LocalStorage[] = [];
  for (const [storageKey, origin] of origins) {
    const { entries } = await session.send('DOMStorage.getDOMStorageItems', { storageId: { storageKey, isLocalStorage: true } }, to);
    read.push({ origin, localStorage: entries.map(([name = '', value = '']) => ({ name, value })) });
  }
  return read;
}

const framesOf = ({ frame, childFrames = [] }: Protocol.Page.FrameTree): Protocol.Page.Frame[] => [frame, ...childFrames.flatMap(framesOf)];

const isStoring = (url: string) => /^https?:/.test(url) && URL.canParse(url);
const isOf = (url: string, isWanted: (origin: string) => boolean) => isStoring(url) && isWanted(new URL(url).origin);
