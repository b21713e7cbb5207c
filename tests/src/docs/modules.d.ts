// What the tests use of the build of the site, which is plain JavaScript.

declare module '*/site/build/api-pages.mjs' {
  export function bodyOfExample(operation: unknown, schemas: unknown): unknown;
}
