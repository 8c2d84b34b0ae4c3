import type { Question } from '../../domain/task';
import { cleanLine, shorten } from '../../domain/text';
import type { InputResult } from '../../protocol/agent';
import type { PermissionOption } from './schema';
import { inert, subjectOf, titleOf, type ToolCall } from './toolCalls';

/** The name under which an agent knows the tower's MCP server. */
export const SERVER_NAME = 'tasktower';
const OWN_TOOL = new RegExp(`^mcp__${SERVER_NAME}__[a-z0-9_]+$`, 'i');
/** A question holds 8 KiB, and a character can take three bytes. */
const MAX_QUESTION = 2_700;

/** What a person chose for good in this attempt, by all that was known of a tool call: one title can stand for any command. */
export class Remembered {
  private readonly choices = new Map<string, 'allow' | 'reject'>();

  /** Keeps an "always" choice; any other is for once, and so is one about more than can be shown. */
  learn(call: ToolCall, { kind }: PermissionOption): void {
    if (call.isCut) return;
    if (kind === 'allow_always') this.choices.set(keyOf(call), 'allow');
    if (kind === 'reject_always') this.choices.set(keyOf(call), 'reject');
  }

  /** The option that says what was chosen before; undefined = ask. */
  choose(call: ToolCall, options: readonly PermissionOption[]): PermissionOption | undefined {
    const choice = call.isCut ? undefined : this.choices.get(keyOf(call));
    return choice && (options.find(({ kind }) => kind === `${choice}_once`) ?? options.find(({ kind }) => kind === `${choice}_always`));
  }
}

function keyOf({ kind, title, names, input, path, words }: ToolCall): string {
  return JSON.stringify([kind, title, names, Object.entries(input).sort(), path, words]);
}

/** The option that lets a call of the tower's own MCP server through; undefined when it is not certainly one. */
export function ownCallOption(
  { id, names, title }: ToolCall,
  options: readonly PermissionOption[],
  titlesAreNames = false,
): PermissionOption | undefined {
  const known = titlesAreNames && title !== undefined ? [...names, title] : names;
  const isOwn = (known.length > 0 ? known : [id]).every((name) => OWN_TOOL.test(name));
  return isOwn ? (options.find(({ kind }) => kind === 'allow_once') ?? options.find(({ kind }) => kind === 'allow_always')) : undefined;
}

/** What a person is asked. */
export function questionOf(id: string, agentName: string, call: ToolCall, options: readonly PermissionOption[]): Question {
  const { kind, words = '' } = call;
  const title = titleOf(call);
  const subject = subjectOf(call);
  const lines = [
    `${agentName} asks to run: ${title}`,
    kind && kind !== 'other' ? `Kind: ${kind}` : '',
    subject ?? inputOf(call),
    subject === undefined || !words.includes(subject) ? words : '',
  ];
  return {
    id: shorten(cleanLine(id), 80),
    text: shorten(lines.filter((line) => line && line !== title).join('\n'), MAX_QUESTION),
    options: options.slice(0, 20).map(({ name, optionId }, index) => ({
      id: idOf(index),
      label: labelOf(name) || labelOf(optionId) || `Option ${index + 1}`,
    })),
  };
}

/** The agent's option that was meant; undefined = none of them. */
export function optionOf(answer: InputResult, options: readonly PermissionOption[]): PermissionOption | undefined {
  if (answer.optionId !== undefined) return options.find((_, index) => idOf(index) === answer.optionId);
  const said = cleanLine(answer.answer).toLowerCase();
  return said
    ? options.find(({ name, optionId }) => [name, labelOf(name), optionId].some((word) => word.toLowerCase() === said))
    : undefined;
}

/** Ids of our own: those of an agent can be longer than a question allows, or alike. */
function idOf(index: number): string {
  return `option-${index + 1}`;
}

function labelOf(name: string): string {
  return shorten(inert(cleanLine(name)), 200);
}

function inputOf({ input }: ToolCall): string {
  const names = Object.keys(input);
  return names.length === 0 ? '' : shorten(names.map((name) => `${name}: ${cleanLine(input[name] ?? '')}`).join('\n'), 1_000);
}
