import * as l10n from '@vscode/l10n';
import type * as z from 'zod';
import { parseRequirement, REQUIREMENT_GRAMMAR } from '../../server/domain/requirement';
import { cleanLine, shorten } from '../../server/domain/text';
import { TaskSpec, type Priority } from '../../server/domain/task';

/** What the form for a new task holds, as it was typed. */
export interface Draft {
  prompt: string;
  title: string;
  agent: string;
  priority: Priority;
  requires: string[];
  /** Requirements beyond those to choose from, as every door takes them. */
  proof: string;
  kind: string;
  skills: string;
  after: string;
  continues: string;
  folder: string;
  minutes: string;
  attempts: string;
  costUsd: string;
  fields: string;
  externalId: string;
  callbackUrl: string;
  /** The fields that are seldom used are shown. */
  more: boolean;
}

export function emptyDraft(requires: readonly string[]): Draft {
  return {
    ...{ prompt: '', title: '', agent: '', priority: 'normal', requires: [...requires], proof: '', kind: '', skills: '', after: '' },
    ...{ continues: '', folder: '', minutes: '', attempts: '', costUsd: '', fields: '', externalId: '', callbackUrl: '', more: false },
  };
}

/** Nobody has typed or chosen anything, where a new form asks for `requires`. */
export function isUntouched(draft: Draft, requires: readonly string[] = []): boolean {
  return JSON.stringify({ ...draft, more: false }) === JSON.stringify(emptyDraft(requires));
}

/** The task that the form asks for, or what is wrong with it, by field. */
export type Read =
  | { spec: z.input<typeof TaskSpec>; errors?: undefined }
  | { errors: Partial<Record<keyof Draft, string>>; spec?: undefined };

/** Reads the form by the schema that every door uses. */
export function readDraft(draft: Draft): Read {
  const errors: Partial<Record<keyof Draft, string>> = {};
  const fields = fieldsOf(draft.fields);
  if (fields === undefined) errors.fields = l10n.t('One field a line, such as num_agents=4.');
  const requires = [...new Set([...draft.requires, ...words(draft.proof)])];
  const unknown = requires.find((text) => !parseRequirement(text));
  if (unknown !== undefined) errors.proof = l10n.t('"{0}" is no requirement. Use {1}', unknown, REQUIREMENT_GRAMMAR);
  const input = {
    title: shorten(cleanLine(draft.title) || cleanLine(draft.prompt.trim().split('\n', 1)[0] ?? ''), 200),
    prompt: draft.prompt.trim() || draft.title.trim(),
    priority: draft.priority,
    requires,
    skills: words(draft.skills),
    after: words(draft.after).map(refOf),
    ...given({ agent: draft.agent, kind: draft.kind, folder: draft.folder, externalId: draft.externalId, callbackUrl: draft.callbackUrl }),
    ...(draft.continues.trim() ? { continues: refOf(draft.continues.trim()) } : {}),
    limits: {
      ...number('timeMs', draft.minutes, (minutes) => Math.round(minutes * 60_000)),
      ...number('attempts', draft.attempts),
      ...number('costUsd', draft.costUsd),
    },
    fields: fields ?? {},
  };
  if (input.title === '') errors.prompt = l10n.t('Describe the task.');
  const read = TaskSpec.safeParse(input);
  for (const { path, message } of read.error?.issues ?? []) {
    const name = FIELD_OF[path.map(String).join('.')] ?? FIELD_OF[String(path[0])] ?? 'prompt';
    errors[name] ??= message;
  }
  return Object.keys(errors).length > 0 || !read.success ? { errors } : { spec: input };
}

const FIELD_OF: Readonly<Record<string, keyof Draft>> = {
  ...{ title: 'title', prompt: 'prompt', requires: 'proof', skills: 'skills', after: 'after', agent: 'agent', kind: 'kind' },
  ...{ folder: 'folder', externalId: 'externalId', callbackUrl: 'callbackUrl', continues: 'continues', fields: 'fields' },
  ...{ 'limits.timeMs': 'minutes', 'limits.attempts': 'attempts', 'limits.costUsd': 'costUsd' },
};

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

/** What kind of task it becomes. */
export function kindOf({ kind, skills }: Pick<Draft, 'kind' | 'skills'>): string {
  return kind.trim() || (words(skills)[0] ?? 'task');
}

/** People write `12` and `#12`. */
function refOf(text: string): string {
  return /^\d+$/.test(text) ? `#${text}` : text;
}

function given(texts: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).flatMap(([name, text]) => (text.trim() ? [[name, text.trim()]] : [])));
}

function number(name: string, text: string, convert: (value: number) => number = (value) => value): Record<string, number> {
  // What is no number is refused by the schema, in its words.
  return text.trim() ? { [name]: convert(Number(text.replace(',', '.'))) } : {};
}

/** `name=value` a line; numbers, true and false as such. */
function fieldsOf(text: string): Record<string, string | number | boolean> | undefined {
  const fields: Record<string, string | number | boolean> = {};
  for (const line of text.split('\n').filter((one) => one.trim())) {
    const [, name, value] = /^\s*([a-z][a-z0-9_]*)\s*=\s*(.*?)\s*$/i.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    fields[name] =
      value === 'true' ? true : value === 'false' ? false : value !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
  }
  return fields;
}
