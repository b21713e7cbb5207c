import { type Message, parseMessage } from './frames.js';

/** Events that the multiplexer itself needs. */
type WatchedEvent =
  | { method: 'Target.attachedToTarget'; params: { sessionId: string; targetInfo: { targetId: string } } }
  | { method: 'Target.detachedFromTarget'; params: { sessionId: string } }
  | { method: 'Target.targetCrashed'; params: { targetId: string } }
  | { method: 'Inspector.targetCrashed'; params: Record<string, never> };

const WATCHED = new Set<string>([
  'Target.attachedToTarget',
  'Target.detachedFromTarget',
  'Target.targetCrashed',
  'Inspector.targetCrashed',
] satisfies WatchedEvent['method'][]);

/** What an event says; undefined when it is none of those. */
export function readWatched(method: string, message: Message): WatchedEvent | undefined {
  return WATCHED.has(method) ? (parseMessage(message) as WatchedEvent) : undefined;
}
