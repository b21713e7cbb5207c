/** What a Chromium on disk is, as far as pages can tell. */
export interface ChromiumFacts {
    /** E.g. `Chromium` or `Google Chrome`. */
    product: string;
    /** E.g. `156.0.8078.79`. */
    version: string;
    /** What it is translated to, as Chromium names it (`de`, `pt-BR`, `es-419`); undefined when that cannot be seen. */
    translations: readonly string[] | undefined;
}
/**
 * What a Chromium says of itself before it runs. It is asked once for each program, and again when the file has changed.
 * @throws {CarrelError} `launch_failed` when it does not say
 */
export declare function describeChromium(executablePath: string): Promise<ChromiumFacts>;
//# sourceMappingURL=describe.d.ts.map