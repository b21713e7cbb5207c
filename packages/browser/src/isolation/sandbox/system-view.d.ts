/** What of the host's files a program in a sandbox sees, besides its own directories. All of it read-only. */
export interface SystemView {
    /** Where the program lies in the sandbox. */
    readonly program: string;
    /** Files and directories of the host, and where they are shown. */
    readonly shown: readonly {
        readonly from: string;
        readonly to: string;
    }[];
    /** Links of the host's root, such as `/lib` to `usr/lib`. */
    readonly links: readonly {
        readonly path: string;
        readonly target: string;
    }[];
    /** Directories and files below what is shown that hold programs; something empty lies over them. */
    readonly hidden: readonly {
        readonly path: string;
        readonly isDirectory: boolean;
    }[];
}
/**
 * What a program needs of the host's files: itself with what lies beside it, the directories of its libraries, fonts, certificates and zone
 * data. It is worked out once for each program.
 * @throws {CarrelError} `launch_failed` when the program cannot run in a sandbox
 */
export declare function systemViewOf(executablePath: string): Promise<SystemView>;
//# sourceMappingURL=system-view.d.ts.map