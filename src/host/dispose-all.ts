/**
 * Disposes of several things as one, the last first, each even if another fails. (AsyncDisposableStack would do, but Node 22, which users may have, has
 * none.)
 */
export function disposeAll(items: readonly AsyncDisposable[]): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: async () => {
      const failures: unknown[] = [];
      for (const item of items.toReversed()) {
        await Promise.resolve(item[Symbol.asyncDispose]()).catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}
