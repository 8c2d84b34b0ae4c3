import { join } from 'node:path';

interface AgentScript {
  ensureAgent: (this: void, id: string) => string;
  AGENTS: Record<string, { name: string; version: string; bin: string }>;
}
interface NodeScript {
  env24: NodeJS.ProcessEnv;
}
/** The root of the checkout. */
export const root = join(__dirname, '..', '..', '..');

/** An agent from npm at its pinned version, and the environment that runs it. */
export async function realAgent(id: string): Promise<{ program: string; path: string; version: string }> {
  const { ensureAgent, AGENTS } = (await import(join(root, 'scripts', 'agents.mjs'))) as AgentScript;
  const { env24 } = (await import(join(root, 'scripts', 'node24.mjs'))) as NodeScript;
  return { program: ensureAgent(id), path: env24.PATH ?? '', version: AGENTS[id]?.version ?? '' };
}
