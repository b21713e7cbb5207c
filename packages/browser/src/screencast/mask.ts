import type { CdpSession } from '../cdp/index.js';
import { KEEP_SECRETS } from '../page/index.js';

const WORLD = 'carrel-mask';

/**
 * Has fields that have been for passwords show dots in pages, and in their frames of other processes, whatever the pages make of them, from
 * when the session of a page is given to what is returned until that session ends. Nothing waits for it: Chromium does in order what it is told.
 */
export function maskSecrets(session: CdpSession): (sessionId: string) => void {
  const mask = (sessionId: string) => {
    const script = { source: KEEP_SECRETS, worldName: WORLD, runImmediately: true };
    const children = { autoAttach: true, waitForDebuggerOnStart: false, flatten: true };
    const asked = [
      session.send('Page.enable', undefined, { sessionId }),
      session.send('Page.addScriptToEvaluateOnNewDocument', script, { sessionId }),
      session.send('Target.setAutoAttach', children, { sessionId }),
    ];
    for (const answer of asked) {
      answer.catch(() => {
        // The page has gone, and there is nothing to show of it.
      });
    }
  };
  session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
    if (targetInfo.type === 'iframe') mask(sessionId);
  });
  return mask;
}
