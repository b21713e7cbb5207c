/** CDP's own error codes (JSON-RPC 2.0, and Chromium's additions in devtools_agent_host and crdtp). */
export const CDP_ERRORS = {
    parse: -32700,
    invalidRequest: -32600,
    methodNotFound: -32601,
    server: -32000,
    sessionNotFound: -32001,
};
/** Reads one frame of a client. Whatever is wrong with it becomes a CDP error in the words that Chromium itself uses. */
export function parseCommand(text) {
    let value;
    try {
        value = JSON.parse(text);
    }
    catch (error) {
        return { ok: false, reply: errorReply(null, CDP_ERRORS.parse, `JSON: ${error instanceof Error ? error.message : 'not valid'}`) };
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        return { ok: false, reply: errorReply(null, CDP_ERRORS.invalidRequest, 'Message must be an object') };
    }
    const { id, method, params, sessionId } = value;
    if (typeof id !== 'number' || !Number.isInteger(id) || Math.abs(id) > 0x7fff_ffff) {
        return { ok: false, reply: errorReply(null, CDP_ERRORS.invalidRequest, "Message must have integer 'id' property") };
    }
    const refuse = (message) => ({ ok: false, reply: errorReply(id, CDP_ERRORS.invalidRequest, message) });
    if (typeof method !== 'string')
        return refuse("Message must have string 'method' property");
    if (sessionId !== undefined && typeof sessionId !== 'string')
        return refuse("Message may have string 'sessionId' property");
    if (params !== undefined && (typeof params !== 'object' || params === null || Array.isArray(params))) {
        return refuse("Message may have object 'params' property");
    }
    return { ok: true, command: { id, method, params, sessionId: sessionId ?? '' } };
}
/** An error in the shape that CDP clients expect. */
export function errorReply(id, code, message, sessionId = '') {
    return JSON.stringify({ ...(id === null ? {} : { id }), error: { code, message }, ...(sessionId === '' ? {} : { sessionId }) });
}
//# sourceMappingURL=command.js.map