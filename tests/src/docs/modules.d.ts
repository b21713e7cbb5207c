// What the tests use of the build of the site, which is plain JavaScript.

declare module '*/site/build/api-pages.mjs' {
  export function bodyOfExample(operation: unknown, schemas: unknown): unknown;
}

declare module '*/site/build/contents.mjs' {
  export const ELSEWHERE: Readonly<Record<string, string>>;
}

declare module '*/site/build/sdk-pages.mjs' {
  export function sdkPages(directory: string): Promise<{ title: string; path: string; content: string }[]>;
}
