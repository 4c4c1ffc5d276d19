/**
 * Runs `check` again and again until it neither throws nor gives false, and gives its value.
 * For states that no event announces (a file written by another process, a route after a save).
 *
 * @param limitMs gives up after this many ms with the last error.
 */
export async function eventually<T>(check: () => T | Promise<T>, limitMs = 10_000): Promise<Exclude<T, false>> {
  const until = Date.now() + limitMs;
  for (;;) {
    let failure: unknown;
    try {
      const value = await check();
      if (value !== false) return value as Exclude<T, false>;
      failure = new Error('the condition stayed false');
    } catch (error) {
      failure = error;
    }
    if (Date.now() > until) throw failure;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
