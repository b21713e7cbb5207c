import { type BrowserKind, newId } from '@carrel/protocol';
import { CdpSession, Multiplexer } from '../cdp/index.js';
import type { IsolatedBrowser, LaunchRequest } from '../isolation/index.js';
import type { TestIsolation } from './launch.js';

/** A sandboxed browser whose first page answers. */
export interface RunningBrowser extends AsyncDisposable {
  isolated: IsolatedBrowser;
  session: CdpSession;
  /** The session of its page. */
  sessionId: string;
  evaluate(expression: string): Promise<unknown>;
}

export async function run(
  { isolation }: TestIsolation,
  kind: BrowserKind,
  options: Partial<Pick<LaunchRequest, 'acceptEgress' | 'onIncident' | 'flags' | 'fontConfiguration'>> = {},
): Promise<RunningBrowser> {
  const isolated = await isolation.launch({
    id: newId('browser'),
    kind,
    windowSize: { width: 800, height: 600 },
    acceptEgress: (socket) => socket.destroy(),
    ...options,
  });
  const end = async () => {
    await isolated.kill();
    await isolated.remove();
  };
  try {
    const { readable, writable } = isolated;
    const session = await CdpSession.open(new Multiplexer({ readable, writable, maxMessageBytes: 2 ** 24 }));
    const { targetInfos } = await session.send('Target.getTargets');
    const targetId = targetInfos.find(({ type }) => type === 'page')?.targetId ?? '';
    const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: true });
    const evaluate = async (expression: string) => {
      const { result } = await session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }, { sessionId });
      return result.value as unknown;
    };
    await evaluate('1');
    return { isolated, session, sessionId, evaluate, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}
