/**
 * Disposes of everything, the last first, whatever fails on the way.
 * @throws the first error, when all are done
 */
export async function disposeAll(things: readonly AsyncDisposable[]): Promise<void> {
  const errors: unknown[] = [];
  for (const thing of things.toReversed()) {
    try {
      await thing[Symbol.asyncDispose]();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
