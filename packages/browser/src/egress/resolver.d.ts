/** Finds the addresses of a name, best first. Rejects when it has none; takes no notice of a signal: whoever asks has a deadline. */
export type Resolve = (name: string) => Promise<string[]>;
/** As any program of this machine does: hosts file, search domains and all. */
export declare const systemResolver: Resolve;
/** By asking name servers directly (`192.0.2.53`, `192.0.2.53:5353`, `[2001:db8::53]:53`). */
export declare function nameServerResolver(servers: readonly string[]): Resolve;
//# sourceMappingURL=resolver.d.ts.map