import * as z from 'zod';
import { DriverName, DRIVERS, factsOf } from './drivers';
import { line, text } from './text';
import { WorktreeConfig } from './worktree';

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

/** What a process prints, beyond plain lines. */
export const OutputFormat = z.enum(['plain', 'kimi', 'claude', 'codex', 'openclaw', 'claws']);
export type OutputFormat = z.infer<typeof OutputFormat>;

const HttpUrl = z.url({ protocol: /^https?$/ }).max(2000);

const AgentSettings = z.strictObject({
  name: line(80).describe('The name shown everywhere. Each agent needs its own.'),
  run: AgentRun.default('task').describe(
    'task: one process for each task. service: one long-lived process that Tasktower starts and that connects by itself. external: started by you.',
  ),
  driver: DriverName.default('process').describe(
    Object.entries(DRIVERS)
      .map(([name, { what }]) => `${name}: ${what}.`)
      .join(' '),
  ),
  command: z
    .array(z.string().max(8192))
    .max(100)
    .default([])
    .describe('The program and its arguments, one each; no shell. {prompt}, {title}, {taskId} and {cwd} are replaced inside an argument.'),
  promptOn: z.enum(['argument', 'stdin']).default('argument').describe('Where the prompt goes: into {prompt}, or to standard input.'),
  output: OutputFormat.default('plain').describe('What the command prints: plain lines, or the JSON lines of an agent that has them.'),
  url: HttpUrl.optional().describe('Base address of the service, without a path for kimiApi and toolhost.'),
  endpoint: z.enum(['chat', 'swarm', 'image']).default('chat').describe('What is asked of the Kimi API.'),
  model: line(120).optional().describe('The model asked for, where the agent lets one choose.'),
  keyFrom: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,79}$/, 'is not the name of an environment variable')
    .optional()
    .describe('The environment variable that holds the API key; "Tasktower: Set API Key" keeps one in the secret storage under that name.'),
  tool: z
    .strictObject({ name: line(120), input: z.record(z.string(), z.unknown()).default({}) })
    .optional()
    .describe('The tool that is called for each task; {prompt}, {title}, {taskId} and {cwd} are replaced inside its texts.'),
  instructions: text(64 * 1024)
    .optional()
    .describe('Put before the prompt of every task.'),
  health: HttpUrl.optional().describe('Asked before work is given: any 2xx answer means ready.'),
  account: line(80).optional().describe('Agents of one account share its limits: a quota that one meets parks the tasks of all.'),
  cwd: z.string().max(4096).optional().describe('Working folder of a task that names none; without it the first workspace folder.'),
  worktree: WorktreeConfig.optional().describe('Set: each task is worked on in a git working tree of its own.'),
  env: z.record(z.string(), z.string()).default({}).describe('Environment variables added for the process.'),
  skills: Skills,
  capacity: z.int().min(1).max(64).default(1).describe('How many tasks it works on at once.'),
  autoStart: z.boolean().default(true).describe('Start it with the window. Otherwise start it from the Agents view.'),
});

/** One entry of the setting `tasktower.agents`. */
export const AgentConfig = AgentSettings.superRefine((agent, context) => {
  const has = { url: agent.url !== undefined, command: agent.command.length > 0, tool: agent.tool !== undefined };
  for (const [first, ...others] of factsOf(agent.driver).needs ?? []) {
    if (first === undefined || has[first] || others.some((field) => has[field])) continue;
    const or = others.map((field) => `or a ${field} `).join('');
    context.addIssue({ code: 'custom', path: [first], message: `${or}is needed by the driver ${agent.driver}` });
  }
});
export type AgentConfig = z.infer<typeof AgentConfig>;

/** A managed agent that should be running, with all the runner needs. `cwd` is absolute. */
export const WantedAgent = AgentSettings.omit({ autoStart: true }).extend({
  id: z.string(),
  run: z.enum(['task', 'service']),
  cwd: z.string(),
  /** Another number than before: start it anew. */
  starts: z.int().default(0),
});
export type WantedAgent = z.infer<typeof WantedAgent>;

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
  /** How often a person started it anew. */
  starts: z.int().optional(),
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
  /** Agents of one account share its limits. */
  account: z.string().optional(),
  /** It met a limit, and gets no work before this time, ms; how many it met in a row. */
  limitedUntil: z.int().optional(),
  limits: z.int().optional(),
  /** Failures in a row that say something of the agent. */
  failures: z.int().optional(),
  /** Gets no work until a person starts it: too many failures in a row, or no login. `failure` says which. */
  broken: z.boolean().optional(),
  dismissed: z.boolean().optional(),
  /** As written down: what is so now is a live fact. */
  present: z.boolean().optional(),
  /** The tower it is connected to, where several share a queue: that one alone gives it work. */
  tower: z.string().optional(),
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
