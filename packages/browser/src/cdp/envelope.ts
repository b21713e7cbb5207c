import type { Message } from './frames.js';

/**
 * What routing needs of a message from Chromium, read without parsing it: Chromium writes `id` or `method` as the first key, and
 * `sessionId` as the last one (it appends the session to the finished message). Screenshots of many megabytes are so routed by looking at
 * some sixty bytes.
 *
 * A page cannot forge the tail: inside a JSON string every quote is escaped, so an unescaped `,"sessionId":"…"}` at the very end is a key
 * of the outermost object.
 */
export type Envelope =
  /** `idEnd`: where the digits of the id end. */
  | { kind: 'reply'; id: number; idEnd: number }
  /** `sessionId` is empty when the event is of no session. */
  | { kind: 'event'; method: string; sessionId: string };

const ID_HEAD = Buffer.from('{"id":');
const METHOD_HEAD = Buffer.from('{"method":"');
const SESSION_KEY = Buffer.from(',"sessionId":"');
const SESSION_ID_LENGTH = 32;
/** Bytes of `,"sessionId":"…"}`. */
const SESSION_TAIL_LENGTH = SESSION_KEY.length + SESSION_ID_LENGTH + 2;
const QUOTE = 0x22;
const CLOSING_BRACE = 0x7d;
const ZERO = 0x30;

/** The envelope of one message of Chromium, or null when it has neither id nor method (an error about a message nobody can be named for). */
export function readEnvelope(message: Message): Envelope | null {
  const [head] = message;
  if (holds(head, ID_HEAD, 0)) return { kind: 'reply', ...readId(head) };
  if (!holds(head, METHOD_HEAD, 0)) return null;
  const end = head.indexOf(QUOTE, METHOD_HEAD.length);
  if (end === -1) return null;
  return { kind: 'event', method: head.toString('latin1', METHOD_HEAD.length, end), sessionId: readSessionId(lastOf(message)) };
}

/** These are a dozen bytes: comparing them here is done sooner than asking Node to. */
function holds(bytes: Buffer, expected: Buffer, at: number): boolean {
  for (let index = 0; index < expected.length; index++) if (bytes[at + index] !== expected[index]) return false;
  return true;
}

function readId(head: Buffer): { id: number; idEnd: number } {
  let idEnd = ID_HEAD.length;
  let id = 0;
  for (let digit = digitAt(head, idEnd); digit >= 0 && digit <= 9; digit = digitAt(head, idEnd)) {
    id = id * 10 + digit;
    idEnd++;
  }
  return { id, idEnd };
}

const digitAt = (bytes: Buffer, at: number) => (bytes[at] ?? 0) - ZERO;

const lastOf = (message: Message) => message[message.length - 1] as Buffer;

function hasSession(tail: Buffer): boolean {
  const { length } = tail;
  return tail[length - 1] === CLOSING_BRACE && tail[length - 2] === QUOTE && holds(tail, SESSION_KEY, length - SESSION_TAIL_LENGTH);
}

function readSessionId(tail: Buffer): string {
  return hasSession(tail) ? tail.toString('latin1', tail.length - SESSION_ID_LENGTH - 2, tail.length - 2) : '';
}

/** The message without its session, if it has one. */
export function dropSession(message: Message): Message {
  const tail = lastOf(message);
  if (!hasSession(tail)) return message;
  const end = tail.length - SESSION_TAIL_LENGTH + 1;
  tail[end - 1] = CLOSING_BRACE;
  return [...message.slice(0, -1), tail.subarray(0, end)] as unknown as Message;
}

/** The reply under the id that its client gave, changed in place where that is possible. */
export function readdress(message: Message, idEnd: number, clientId: number): Message {
  const [head, ...rest] = message;
  const start = `{"id":${clientId}`;
  const at = idEnd - start.length;
  if (at < 0) return [Buffer.from(start), head.subarray(idEnd), ...rest];
  head.write(start, at, 'latin1');
  return [head.subarray(at), ...rest];
}
