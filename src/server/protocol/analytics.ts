import * as z from 'zod';
import { AnalyticsFilter } from '../domain/analytics';
import { line } from '../domain/text';

const several = (item: z.ZodType<string>) =>
  z.preprocess((value) => (typeof value === 'string' ? value.split(',').filter((one) => one !== '') : value), z.array(item).max(200));

/** Query string of `GET /api/analytics`. */
export const AnalyticsQuery = z.strictObject({
  from: z.iso.datetime({ offset: true }).optional().describe('Since the first thing that ended, without it.'),
  to: z.iso.datetime({ offset: true }).optional().describe('Excluded. The end of today, without it.'),
  group: AnalyticsFilter.shape.group.describe('Days, weeks from Monday, or months of the calendar of the machine that the tower runs on.'),
  agent: several(z.string().max(80)).optional().describe('Ids of agents, with commas between them.'),
  kind: several(line(40)).optional().describe('Kinds of tasks, with commas between them.'),
  folder: line(1000).optional(),
  format: z.enum(['json', 'csv']).default('json').describe('`csv`: one figure a line, named as in JSON.'),
});

const Outcomes = z.object({ completed: z.int(), failed: z.int(), cancelled: z.int() });
const Durations = z.object({
  n: z.int().describe('How many completed tasks the figures rest on.'),
  averageMs: z.int().nullable().describe('From creation to end, as the two that follow.'),
  medianMs: z.int().nullable().describe('Nearest rank.'),
  p95Ms: z.int().nullable().describe('Nearest rank.'),
  runningMs: z.int().describe('The sum of the time they were worked on.'),
  waitingMs: z.int().describe('The sum of all other time: queued, parked, between attempts, waiting for a person.'),
});
const CostSumOut = z.object({
  usd: z.number().nullable().describe('The sum of what is known, US dollars; null when nothing is.'),
  estimatedUsd: z.number().describe('The part of it that is estimated.'),
  reported: z.int().describe('How many attempts of each basis.'),
  estimated: z.int(),
  free: z.int(),
  unknown: z.int(),
});

/** What the finished tasks tell, as REST shows it. */
export const AnalyticsOut = z.object({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  outcomes: Outcomes.describe('Tasks by how they ended. Each counts once, when it ended last.'),
  before: Outcomes.optional().describe('The same of the range of equal length before.'),
  durations: Durations,
  periods: z.array(
    z.object({
      from: z.iso.datetime(),
      to: z.iso.datetime(),
      outcomes: Outcomes,
      durations: Durations,
      costByAgent: z.record(z.string(), CostSumOut).describe('By agent id, of attempts that ended in it.'),
      costByModel: z.record(z.string(), CostSumOut).describe('`""` = the model was not told.'),
    }),
  ),
  agents: z.array(
    z.object({
      agentId: z.string(),
      outcomes: Outcomes.describe('Of tasks whose last attempt was by it.'),
      withoutHelp: z.int().describe("Completed by the first attempt, without a person's answer, retry or rejection."),
      attemptsOfCompleted: z.int().describe('Its attempts at the tasks it completed.'),
      durations: Durations,
      busyMs: z.int().describe('Of the range: at work on something, whatever kinds and folder are asked for.'),
      waitingMs: z.int().describe('Nothing but questions to a person open.'),
      idleMs: z.int().describe('Connected, with nothing to do.'),
      cost: CostSumOut,
      errors: z.array(z.object({ taskId: z.string(), number: z.int(), at: z.iso.datetime(), message: z.string() })),
    }),
  ),
  cost: CostSumOut,
  usage: z.object({ attempts: z.int(), told: z.int() }).describe('Attempts that ended, and how many of them told tokens or cost.'),
  kinds: z.array(z.string()),
  folders: z.array(z.string()),
});
export type AnalyticsOut = z.infer<typeof AnalyticsOut>;
export type CostSumOut = z.infer<typeof CostSumOut>;
