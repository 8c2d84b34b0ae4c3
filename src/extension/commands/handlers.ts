/** Commands by id, as they are registered. */
export type Handlers = Record<string, (...args: unknown[]) => unknown>;
