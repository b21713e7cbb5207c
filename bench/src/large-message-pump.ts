import { parentPort, workerData } from 'node:worker_threads';
import WebSocket from 'ws';

interface Answer {
  id?: number;
  result: { targetInfos: { type: string; targetId: string }[]; sessionId: string };
}

/**
 * A thread that asks a page for one large message after the other, and looks into none of them: its work with them would be a stall of
 * whoever measures in the same thread. Says `pumping` when the first has come.
 */
const { url, messageBytes } = workerData as { url: string; messageBytes: number };
const socket = new WebSocket(url, { perMessageDeflate: false, skipUTF8Validation: true });
let sessionId: string | undefined;
const ask = (id: number, method: string, params: object) => socket.send(JSON.stringify({ id, method, params, sessionId }));
const askForLarge = () => ask(3, 'Runtime.evaluate', { expression: `'x'.repeat(${messageBytes})`, returnByValue: true });

socket.on('open', () => ask(1, 'Target.getTargets', {}));
socket.on('message', (data: Buffer) => {
  if (data.length >= messageBytes) {
    parentPort?.postMessage('pumping');
    askForLarge();
    return;
  }
  const { id, result } = JSON.parse(String(data)) as Answer;
  if (id === 1) {
    const { targetId } = result.targetInfos.find(({ type }) => type === 'page') ?? {};
    ask(2, 'Target.attachToTarget', { targetId, flatten: true });
  } else if (id === 2) {
    ({ sessionId } = result);
    askForLarge();
  }
});
