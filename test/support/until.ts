/** Waits until `probe` gives something other than undefined, null or false; looks every 20 ms. `what` completes "Waited for …". */
export async function until<T>(what: string, probe: () => T | Promise<T>, ms = 10_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + ms;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined && value !== null && value !== false) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`Waited ${ms} ms for ${what}; last: ${last instanceof Error ? last.message : String(last)}`);
    await new Promise((next) => setTimeout(next, 20));
  }
}
