import type { AgentReport } from '../../domain/report';
import { cleanLine, cleanText, shorten } from '../../domain/text';
import { TextContent, type ToolCallPart } from './schema';

/** Calls that are remembered; an agent that makes more forgets the oldest. */
const MAX_CALLS = 200;
/** What is kept of one text of a call, characters. */
const MAX_TEXT = 4_000;
const MAX_INPUTS = 50;
const COMMANDS = ['command', 'cmd', 'script'];
const PATHS = ['path', 'file_path', 'filePath', 'abs_path'];
const ADDRESSES = ['url', 'uri'];

/** What is known of a tool call: clean, and cut where it is very long. */
export interface ToolCall {
  id: string;
  title?: string;
  kind?: string;
  status?: ToolCallPart['status'];
  /** The names of the tool that do not come from the model's text; a title can say anything. */
  names: readonly string[];
  /** What it is called with, by name. */
  input: Readonly<Record<string, string>>;
  /** The first file it says it is about. */
  path?: string;
  /** What its content says. */
  words?: string;
  /** There is more to it than is kept. */
  isCut: boolean;
}

/** What an agent told of its tool calls, put together from its updates. */
export class ToolCalls {
  private readonly calls = new Map<string, ToolCall>();
  private readonly reported = new Map<string, string>();

  /** True until the first call. */
  get isEmpty(): boolean {
    return this.calls.size === 0;
  }

  /** Takes in what has changed. */
  take(part: ToolCallPart): ToolCall {
    const known = this.calls.get(part.toolCallId) ?? { id: part.toolCallId, names: [], input: {}, isCut: false };
    const call = merged(known, part);
    this.calls.delete(call.id);
    this.calls.set(call.id, call);
    const [oldest] = this.calls.keys();
    if (this.calls.size > MAX_CALLS && oldest !== undefined) {
      this.calls.delete(oldest);
      this.reported.delete(oldest);
    }
    return call;
  }

  /** The report of a call; undefined when it says what was said before. */
  report(call: ToolCall): Extract<AgentReport, { type: 'tool' }> | undefined {
    const name = shorten(titleOf(call), 200);
    const detail = shorten(cleanLine(subjectOf(call) ?? ''), 500);
    const status = call.status ?? 'pending';
    const said = JSON.stringify([name, status, detail]);
    if (this.reported.get(call.id) === said) return undefined;
    this.reported.set(call.id, said);
    return { type: 'tool', name, status, ...(detail && detail !== name ? { detail } : {}) };
  }
}

/** The title on one line, with nothing that a page would take for a tag. */
export function titleOf({ title, names, kind }: ToolCall): string {
  return title ?? (inert(names[0] ?? '') || kind || 'tool');
}

/** `text` in which no `<` opens an HTML tag. */
export function inert(text: string): string {
  return text.replace(/<(?=[a-z/!?])/gi, '‹');
}

/** What a call is about: its command, else its file, else its address. */
export function subjectOf({ input, path }: ToolCall): string | undefined {
  const valueOf = (names: readonly string[]): string | undefined => names.map((name) => input[name]).find((value) => value?.trim());
  return valueOf(COMMANDS) ?? valueOf(PATHS) ?? path ?? valueOf(ADDRESSES);
}

function merged(known: ToolCall, { title, kind, status, name, content, locations, rawInput, _meta: meta }: ToolCallPart): ToolCall {
  const texts = (content ?? []).flatMap((part) => TextContent.safeParse(part).data?.content.text ?? []);
  // Some agents tell the input of a call that is not made yet as JSON in a text.
  const input = isRecord(rawInput) ? rawInput : texts.map(parse).find(isRecord);
  const words = cleanText(texts.filter((text) => !isRecord(parse(text))).join('\n')).trim();
  const own = inert(cleanLine(title ?? ''));
  const path = locations?.[0]?.path;
  const claude = isRecord(meta?.claudeCode) ? meta.claudeCode.toolName : undefined;
  const names = [name, meta?.toolName, claude].filter((value) => typeof value === 'string').map((value) => shorten(cleanLine(value), 200));
  const values = input && Object.entries(input).map(([key, value]) => [key, textOf(value)] as const);
  const isCut = [own, words, path ?? '', ...(values ?? []).map(([, value]) => value)].some((text) => text.length > MAX_TEXT);
  return {
    ...known,
    ...(own ? { title: cut(own) } : {}),
    ...(kind === undefined ? {} : { kind: shorten(inert(cleanLine(kind)), 40) }),
    ...(status === undefined ? {} : { status }),
    ...(names.length > 0 ? { names } : {}),
    ...(values
      ? { input: Object.fromEntries(values.slice(0, MAX_INPUTS).map(([key, value]) => [shorten(cleanLine(key), 80), cut(value)])) }
      : {}),
    ...(path === undefined ? {} : { path: cut(cleanLine(path)) }),
    ...(words ? { words: cut(words) } : {}),
    isCut: known.isCut || isCut || (values?.length ?? 0) > MAX_INPUTS,
  };
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return cleanText(value);
  return cleanText(
    Array.isArray(value) && value.every((part) => typeof part === 'string') ? value.join(' ') : (JSON.stringify(value) ?? ''),
  );
}

function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}… [${text.length - MAX_TEXT} characters more]`;
}

function parse(text: string): unknown {
  try {
    return text.startsWith('{') ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
