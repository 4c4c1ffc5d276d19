/** Runs `check` until it neither throws nor gives false, and gives its value. For states that no event announces. */
export async function eventually<T>(check: () => T | Promise<T>, limitMs = 15_000): Promise<Exclude<T, false>> {
  const until = Date.now() + limitMs;
  for (;;) {
    const value = await check();
    if (value !== false) return value as Exclude<T, false>;
    if (Date.now() > until) throw new Error('the condition stayed false');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
