import * as z from 'zod';
import { AgentConfig } from './agent';

/** `.tasktower/agents.json`: the agents of a repository, for everyone who works on it. */
export const TeamFile = z.strictObject({
  $schema: z.string().optional(),
  agents: z
    .array(AgentConfig)
    .max(100)
    .describe(
      'Agents for everyone who works in this folder. Each of them asks you before it runs anything here, and again when it changes.',
    ),
});
export type TeamFile = z.infer<typeof TeamFile>;
