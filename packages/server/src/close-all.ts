/** Runs every step in order, also when one throws, then throws the first failure. */
export async function closeAll(steps: readonly (() => Promise<void> | void | undefined)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** Waits for all, also when one fails, then throws the first failure. */
export async function closeTogether(closings: readonly (Promise<void> | undefined)[]): Promise<void> {
  for (const result of await Promise.allSettled(closings)) if (result.status === 'rejected') throw result.reason;
}
