/** A CDP session and who it belongs to. */
export interface SessionEntry<Owner> {
    readonly id: string;
    readonly owner: Owner;
    /** Empty for a client's root session. */
    readonly parentId: string;
    readonly targetId: string;
}
/** Which session belongs to whom. Sessions form a tree: one that ends takes those attached under it along. */
export declare class SessionTable<Owner> {
    #private;
    get size(): number;
    get(id: string): SessionEntry<Owner> | undefined;
    add(entry: SessionEntry<Owner>): void;
    /** Removes a session and all below it; returns their ids. */
    remove(id: string): string[];
    /** Ids of all sessions attached to a target, whoever attached them. */
    ofTarget(targetId: string): string[];
}
//# sourceMappingURL=sessions.d.ts.map