/** The first process of a pid namespace, told apart from later ones with its number by when it was started. */
export declare class NamespaceInit {
    #private;
    readonly pid: number;
    private constructor();
    static of(pid: number): NamespaceInit;
    get isAlive(): boolean;
    /**
     * Kills it, and with it its namespace; resolves when that is empty. The kernel lets it go only after all others, and sends us no event
     * when it does, because it is our grandchild: hence the short polling.
     * @throws when it survives for so long
     */
    kill(deadlineMs: number): Promise<void>;
}
//# sourceMappingURL=namespace-init.d.ts.map