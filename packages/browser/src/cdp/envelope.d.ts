/**
 * Reads what routing needs of a message from Chromium without parsing it: Chromium writes `id` or `method` as the first key, and
 * `sessionId` as the last one (it appends the session to the finished message). Screenshots of many megabytes are so routed by looking at
 * some sixty bytes.
 *
 * A page cannot forge the tail: inside a JSON string every quote is escaped, so an unescaped `,"sessionId":"…"}` at the very end is a key
 * of the outermost object.
 */
export interface Envelope {
    /** Of a reply; -1 for an event. */
    id: number;
    /** Of an event; empty for a reply. */
    method: string;
    /** Empty when the message is of no session. */
    sessionId: string;
    /** Where the digits of the id end. */
    idEnd: number;
}
/** Bytes of `,"sessionId":"…"}`. */
export declare const SESSION_TAIL_LENGTH: number;
/** The envelope of one message of Chromium, or null when it has neither id nor method (an error about a message nobody can be named for). */
export declare function readEnvelope(message: Buffer): Envelope | null;
/**
 * The message as its client is to see it, changed in place where that is possible: the client's own id instead of ours, and without the
 * session when it is the client's root session.
 */
export declare function readdress(message: Buffer, envelope: Envelope, clientId: number, dropSession: boolean): Buffer;
//# sourceMappingURL=envelope.d.ts.map