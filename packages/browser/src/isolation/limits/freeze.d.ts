/**
 * Stops processes (SIGSTOP) until what is returned is disposed of, those included that they start while they are being stopped.
 * @param members all of them, asked for again until each stands still
 * @throws {CarrelError} `page_unresponsive` when one does not stop; then all go on
 */
export declare function freeze(members: () => number[]): Promise<Disposable>;
//# sourceMappingURL=freeze.d.ts.map