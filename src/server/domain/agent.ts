import { z } from 'zod';
import { line } from './text';

/** How an agent is run: a process an attempt, one long-lived process of ours, or not by us at all. */
export const AgentRun = z.enum(['task', 'service', 'external']);
export type AgentRun = z.infer<typeof AgentRun>;

export const AgentStatus = z.enum(['idle', 'busy', 'error', 'offline', 'starting', 'stopping']);
export type AgentStatus = z.infer<typeof AgentStatus>;

const Skills = z
  .array(z.string().regex(/^[a-z0-9][a-z0-9._-]{0,39}$/i))
  .max(50)
  .default([])
  .describe('What this agent can do. A task that names skills goes only to an agent that has all of them.');

/** One entry of the setting `tasktower.agents`. */
export const AgentConfig = z.strictObject({
  name: line(80).describe('The name shown everywhere. Each agent needs its own.'),
  run: AgentRun.default('task').describe(
    'task: one process for each task. service: one long-lived process that Tasktower starts and that connects by itself. external: started by you.',
  ),
  driver: z.enum(['process']).default('process').describe('How the agent is driven.'),
  command: z
    .array(z.string().min(1).max(8192))
    .max(100)
    .default([])
    .describe('The program and its arguments, one each; no shell. {prompt}, {title}, {taskId} and {cwd} are replaced inside an argument.'),
  promptOn: z.enum(['argument', 'stdin']).default('argument').describe('Where the prompt goes: into {prompt}, or to standard input.'),
  cwd: z.string().max(4096).optional().describe('Working folder of a task that names none; without it the first workspace folder.'),
  env: z.record(z.string(), z.string()).default({}).describe('Environment variables added for the process.'),
  skills: Skills,
  capacity: z.int().min(1).max(64).default(1).describe('How many tasks it works on at once.'),
  autoStart: z.boolean().default(true).describe('Start it with the window. Otherwise start it from the Agents view.'),
});
export type AgentConfig = z.infer<typeof AgentConfig>;

/** What the board knows of an agent. Whether it is connected is a live fact, not part of it. */
export const Agent = z.object({
  id: z.string(),
  name: z.string(),
  run: AgentRun,
  /** True when Tasktower starts and stops it. */
  managed: z.boolean(),
  skills: z.array(z.string()),
  capacity: z.int(),
  /** What a person wants of a managed agent. */
  wanted: z.enum(['started', 'stopped']),
  /** Crashes in a row since it last worked or was started by a person. */
  crashes: z.int().default(0),
  failure: z.object({ message: z.string(), at: z.int() }).optional(),
  /** Not started again until a person starts it. */
  halted: z.boolean().optional(),
  /** When a crashed agent is started again, ms. */
  restartAt: z.int().optional(),
  /** Not given work before this time, ms, after it declined. */
  passedOverUntil: z.int().optional(),
  declines: z.int().default(0),
  dismissed: z.boolean().optional(),
  totals: z.object({ completed: z.int(), failed: z.int(), cancelled: z.int() }),
});
export type Agent = z.infer<typeof Agent>;

/** The id of an agent: its name in lower case with dashes, so a name reads the same in a URL. */
export function agentIdOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '');
  return slug || 'agent';
}

/** True when the agent has every skill, compared without case. */
export function hasSkills(agent: Pick<Agent, 'skills'>, skills: readonly string[]): boolean {
  if (skills.length === 0) return true;
  const own = new Set(agent.skills.map((skill) => skill.toLowerCase()));
  return skills.every((skill) => own.has(skill.toLowerCase()));
}
