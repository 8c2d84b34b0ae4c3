import type { Actor } from '../server/domain/task';

/** The person at this window. */
export const YOU: Actor = { kind: 'person', name: 'you' };
