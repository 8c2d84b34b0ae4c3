import * as z from 'zod';
import { HumanError } from '../../base/errors';
import type { RunnerAgent } from '../../protocol/agent';
import { fillDeep, type PromptValues } from '../prompt';

/** One tool call of an attempt. */
export interface Step {
  name: string;
  input: Record<string, unknown>;
  /** What its evidence is called; the tool's name without it. */
  as?: string | undefined;
}

const Steps = z.object({
  steps: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(120),
        input: z.record(z.string(), z.unknown()).default({}),
        as: z.string().max(120).optional(),
      }),
    )
    .min(1)
    .max(100),
});

/**
 * The calls that an agent's `tool` stands for: itself, or the `steps` of its input in order, with the values of the task in every text.
 * @throws {HumanError} when it has none.
 */
export function stepsOf({ name, tool }: Pick<RunnerAgent, 'name' | 'tool'>, values: PromptValues): Step[] {
  if (!tool) throw new HumanError(`${name} has no tool to call. Set "tool" in tasktower.agents.`);
  const many = Steps.safeParse(tool.input);
  const steps: Step[] = many.success ? many.data.steps : [tool];
  return steps.map((step) => ({ ...step, input: fillDeep(step.input, values) as Step['input'] }));
}
