/** Sends a signal to a whole process group; says whether there was anybody to send it to. */
export declare function signalGroup(groupId: number, signal: NodeJS.Signals | 0): boolean;
interface ProcessEntry {
    pid: number;
    uid: number;
}
/** All live processes (zombies are dead) that fit, from /proc; empty where there is no /proc. */
export declare function findProcesses(fits: (entry: ProcessEntry) => boolean): number[];
/** The command line of a process, or '' when it has ended or may not be read. */
export declare function commandLine(pid: number): string;
/**
 * Kills a process group and, when the browser ran under a uid of its own, everything of that uid: what a compromised browser forked away
 * from its group dies too. Resolves when nothing is left.
 *
 * The kernel sends no event when somebody else's child ends, hence the short polling.
 * @throws when something survives SIGKILL for five seconds (a process stuck in the kernel)
 */
export declare function killTree(groupId: number, uid: number | undefined): Promise<void>;
export {};
//# sourceMappingURL=process-tree.d.ts.map