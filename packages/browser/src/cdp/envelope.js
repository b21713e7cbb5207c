const ID_HEAD = Buffer.from('{"id":');
const METHOD_HEAD = Buffer.from('{"method":"');
const SESSION_KEY = Buffer.from(',"sessionId":"');
const SESSION_ID_LENGTH = 32;
/** Bytes of `,"sessionId":"…"}`. */
export const SESSION_TAIL_LENGTH = SESSION_KEY.length + SESSION_ID_LENGTH + 2;
const QUOTE = 0x22;
const CLOSING_BRACE = 0x7d;
const MINUS = 0x2d;
const ZERO = 0x30;
/** The envelope of one message of Chromium, or null when it has neither id nor method (an error about a message nobody can be named for). */
export function readEnvelope(message) {
    const sessionId = readSessionId(message);
    if (startsWith(message, ID_HEAD)) {
        const { id, idEnd } = readId(message);
        return { id, idEnd, method: '', sessionId };
    }
    if (!startsWith(message, METHOD_HEAD))
        return null;
    const end = message.indexOf(QUOTE, METHOD_HEAD.length);
    if (end === -1)
        return null;
    return { id: -1, idEnd: 0, method: message.toString('latin1', METHOD_HEAD.length, end), sessionId };
}
function startsWith(message, head) {
    return message.length > head.length && message.compare(head, 0, head.length, 0, head.length) === 0;
}
function readId(message) {
    let at = ID_HEAD.length;
    let id = 0;
    for (let digit = (message[at] ?? MINUS) - ZERO; digit >= 0 && digit <= 9; digit = (message[at] ?? MINUS) - ZERO) {
        id = id * 10 + digit;
        at++;
    }
    return { id, idEnd: at };
}
function readSessionId(message) {
    const at = message.length - SESSION_TAIL_LENGTH;
    if (at < 0 || message[message.length - 1] !== CLOSING_BRACE || message[message.length - 2] !== QUOTE)
        return '';
    if (message.compare(SESSION_KEY, 0, SESSION_KEY.length, at, at + SESSION_KEY.length) !== 0)
        return '';
    return message.toString('latin1', at + SESSION_KEY.length, message.length - 2);
}
/**
 * The message as its client is to see it, changed in place where that is possible: the client's own id instead of ours, and without the
 * session when it is the client's root session.
 */
export function readdress(message, envelope, clientId, dropSession) {
    let end = message.length;
    if (dropSession && envelope.sessionId !== '') {
        end -= SESSION_TAIL_LENGTH - 1;
        message[end - 1] = CLOSING_BRACE;
    }
    if (envelope.id === -1)
        return message.subarray(0, end);
    const head = `{"id":${clientId}`;
    const start = envelope.idEnd - head.length;
    if (start < 0)
        return Buffer.concat([Buffer.from(head), message.subarray(envelope.idEnd, end)]);
    message.write(head, start, 'latin1');
    return message.subarray(start, end);
}
//# sourceMappingURL=envelope.js.map