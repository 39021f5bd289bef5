/** As `Promise.all`, but where one fails the others are waited for: nothing goes on behind the back of whoever clears up then. */
export async function allEnded<T>(all: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(all);
  return await Promise.all(all);
}
