import * as z from 'zod';
import { TaskPatch } from './task';
import { cleanLine, line, shorten, text } from './text';

const { priority, kind, skills, requires, limits } = TaskPatch.shape;

/** What may stand in braces in a template. */
const PLACEHOLDER = /\{(input|file|selection|problems|clipboard)\}/g;
export type TemplateValues = Partial<Record<'input' | 'file' | 'selection' | 'problems' | 'clipboard', string>>;

/** A task to be made again and again: one file of `.tasktower/templates/`. */
export const TaskTemplate = z.strictObject({
  $schema: z.string().optional(),
  label: line(80).describe('How it is listed in "New Task".'),
  title: line(200)
    .optional()
    .describe('Title of the task; without it, the label. {input} is what you type, {file} the file in the editor.'),
  prompt: text(256 * 1024).describe(
    'What the agent is told. {input}: what you type. {file}: path of the file in the editor. {selection}: the selected lines. {problems}: the problems of the file. {clipboard}: the text of the clipboard. A template is listed while there is what it needs.',
  ),
  agent: line(80).optional().describe('The agent that should do it; without it, any.'),
  skills: skills.describe('What the agent must be able to do.'),
  priority: priority.describe('How urgent it is; without it, normal.'),
  kind: kind.describe('A short label; times and success rates are compared within it.'),
  requires: requires.describe('The proof it needs to be done, such as "tests:pass".'),
  limits: limits.describe('Bounds of time, tries and cost.'),
});
/** As it is written; `requires` in the words of the grammar. */
export type TaskTemplate = z.input<typeof TaskTemplate>;

/** What a template needs from the editor before it can be filled in; what is typed and the clipboard are at hand at any time. */
export function templateNeeds({ title = '', prompt }: TaskTemplate): Set<keyof TemplateValues> {
  const names = [...`${title} ${prompt}`.matchAll(PLACEHOLDER)].map(([, name]) => name as keyof TemplateValues);
  return new Set(names.filter((name) => name !== 'input' && name !== 'clipboard'));
}

/** The title up to where the person goes on typing. */
export function templateTitle(template: TaskTemplate, values: TemplateValues): string {
  const title = template.title ?? template.label;
  return cleanTitle(fill(title.split('{input}', 1)[0] ?? '', values), title.includes('{input}'));
}

/** The task that a template makes. @param typed the title as the person left it. */
export function fillTemplate(template: TaskTemplate, values: TemplateValues, typed: string) {
  const start = templateTitle(template, values);
  const input = typed.startsWith(start) ? typed.slice(start.length).trim() : typed;
  const { agent, skills, priority, kind, requires, limits } = template;
  const body = fill(template.prompt, { ...values, input });
  const hasPlace = /\{input\}/.test(template.prompt) || input === '';
  return {
    title: shorten(cleanLine(typed), 200),
    prompt: hasPlace ? body : `${body}\n\n${input}`,
    ...(agent === undefined ? {} : { agent }),
    ...(skills === undefined ? {} : { skills }),
    ...(priority === undefined ? {} : { priority }),
    ...(kind === undefined ? {} : { kind }),
    ...(requires === undefined ? {} : { requires }),
    ...(limits === undefined ? {} : { limits }),
  };
}

/** In one pass: what a value holds stays as it is. */
function fill(text: string, values: TemplateValues): string {
  return text.replace(PLACEHOLDER, (whole, name: keyof TemplateValues) => values[name] ?? whole);
}

function cleanTitle(title: string, goesOn: boolean): string {
  const clean = shorten(cleanLine(title), 180);
  return goesOn ? `${clean} ` : clean;
}
