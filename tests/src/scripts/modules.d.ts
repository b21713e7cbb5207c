// What the tests use of the scripts, which are plain JavaScript because they run before there is a compiler.

declare module '*/scripts/command.mjs' {
  export class CommandFailed extends Error {
    readonly output: string;
  }
  export function run(command: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv; timeoutMs: number }): Promise<string>;
}

declare module '*/scripts/setup.mjs' {
  export function isAsLocked(wanted: Record<string, object>, installed: Record<string, object>): boolean;
}

declare module '*/scripts/terminal.mjs' {
  export function formatDuration(ms: number): string;
  export class Terminal {
    constructor(stream: NodeJS.WritableStream, env: NodeJS.ProcessEnv);
    answer(text: string): void;
    done(label: string): void;
    pairs(rows: [name: string, value: string][]): void;
    step<T>(label: string, work: (tell: (detail: string) => void) => T | Promise<T>): Promise<T>;
  }
}

declare module '*/scripts/example-clients.mjs' {
  export function exampleClients(tell?: (doing: string) => void): Promise<{ directory: string; python: string | undefined }>;
}

declare module '*/scripts/notte-sdks.mjs' {
  export function notteSdks(tell?: (doing: string) => void): Promise<{ version: string; python: string }[]>;
}

declare module '*/scripts/python/environment.mjs' {
  export function pythonEnvironment(
    tell?: (doing: string) => void,
    requirements?: string,
  ): Promise<{ python: string; directory: string } | undefined>;
}
