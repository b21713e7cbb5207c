import { type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
export interface OpenedFile {
    handle: FileHandle;
    sizeBytes: number;
}
/**
 * Opens a file that a compromised browser may have put in place of the right one: no link is followed, and what was opened must be a
 * regular file that belongs to `uid` and has no second name (a hard link to a file of somebody else).
 * @throws {CarrelError} `not_found`
 */
export declare function openUntrusted(path: string, uid: number | undefined, name: string): Promise<OpenedFile>;
/** The content as long as it was when it was opened, not a byte more. The handle is closed at the end. */
export declare function streamOf({ handle, sizeBytes }: OpenedFile): Promise<Readable>;
//# sourceMappingURL=safe-open.d.ts.map