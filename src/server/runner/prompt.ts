import type { AssignParams, RunnerAgent } from '../protocol/agent';

/** What may stand in braces in an argument or a tool's input. */
export type PromptValues = Readonly<Record<'prompt' | 'title' | 'taskId' | 'cwd', string>>;

/** The whole prompt of an attempt: the agent's instructions, the task's prompt (else its title), and the note of a rejection. */
export function promptOf({ instructions }: Pick<RunnerAgent, 'instructions'>, { prompt, note, title }: AssignParams): string {
  const rejected = note ? `The last attempt was rejected with this note:\n${note}` : '';
  return [instructions, prompt || title, rejected].filter(Boolean).join('\n\n');
}

export function valuesOf(agent: RunnerAgent, assignment: AssignParams, cwd: string): PromptValues {
  return { prompt: promptOf(agent, assignment), title: assignment.title, taskId: assignment.taskId, cwd };
}

/** Replaces `{prompt}` and its like, in one pass: what a prompt holds stays as it is. */
export function fillIn(text: string, values: PromptValues): string {
  return text.replace(/\{(prompt|title|taskId|cwd)\}/g, (_, name: keyof PromptValues) => values[name]);
}

/** The same in each text of a tool's input, however deep. */
export function fillDeep(value: unknown, values: PromptValues): unknown {
  if (typeof value === 'string') return fillIn(value, values);
  if (Array.isArray(value)) return value.map((one) => fillDeep(one, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fillDeep(one, values)]));
}
