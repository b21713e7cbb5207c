/** CDP's own error codes (JSON-RPC 2.0, and Chromium's additions in devtools_agent_host and crdtp). */
export declare const CDP_ERRORS: {
    readonly parse: -32700;
    readonly invalidRequest: -32600;
    readonly methodNotFound: -32601;
    readonly server: -32000;
    readonly sessionNotFound: -32001;
};
/** A command of a client, taken apart. */
export interface Command {
    id: number;
    method: string;
    params: unknown;
    /** Empty for the client's root session. */
    sessionId: string;
}
export type ParsedCommand = {
    ok: true;
    command: Command;
} | {
    ok: false;
    reply: string;
};
/** Reads one frame of a client. Whatever is wrong with it becomes a CDP error in the words that Chromium itself uses. */
export declare function parseCommand(text: string): ParsedCommand;
/** An error in the shape that CDP clients expect. */
export declare function errorReply(id: number | null, code: number, message: string, sessionId?: string): string;
//# sourceMappingURL=command.d.ts.map