/** Where a request wants to go. */
export interface Target {
    /** A name in lower case, or an address in its canonical form; without brackets. */
    readonly host: string;
    readonly port: number;
}
/** Reads what follows CONNECT. Undefined when it is not exactly a host and a port. */
export declare function parseAuthority(text: string): Target | undefined;
/** Reads the target of a plain request, which a proxy is sent in full (RFC 9112, section 3.2.2). Undefined when it is no http: URL. */
export declare function parseHttpUrl(text: string): {
    target: Target;
    url: URL;
} | undefined;
/** As it is written in a CONNECT request or a Host header. */
export declare const authorityOf: ({ host, port }: Target) => string;
//# sourceMappingURL=target.d.ts.map