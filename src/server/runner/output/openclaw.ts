import * as z from 'zod';
import type { AgentReport } from '../../domain/report';
import type { Exit } from '../agentProcess';
import { PlainReader } from './plain';
import { explained, failedWith, logged, MAX_JSON_LINE, objectIn, session, type OutputEnd, type OutputReader, type Stream } from './reader';

/** An answer printed over more lines is none. */
const MAX_LINES = 50_000;
/** The lines that one report may hold. */
const REPORT_LINES = 1_000;
const LOGIN = 'Run "openclaw onboard" in a terminal, then retry.';
const count = z.int().nonnegative().optional().catch(undefined);
const Text = z.string().optional().catch(undefined);
/** What `openclaw agent exec --json` prints, once, at its end (openclaw 2026.9.6). */
const Answer = z.looseObject({
  ok: z.boolean(),
  status: Text,
  final: z.string().nullish().catch(undefined),
  error: z
    .union([z.string(), z.looseObject({ message: z.string() }).transform(({ message }) => message)])
    .optional()
    .catch(undefined),
  usage: z.looseObject({ input: count, output: count }).optional().catch(undefined),
  costUsd: z.number().nonnegative().optional().catch(undefined),
  model: Text,
  sessionId: Text,
});

/** OpenClaw, run once for each task: one JSON object, on one line or over many. */
export class OpenclawReader implements OutputReader {
  readonly maxLine = MAX_JSON_LINE;
  private readonly rest = new PlainReader();
  private gathered: string[] = [];
  private size = 0;
  private answer: z.infer<typeof Answer> | undefined;

  line(stream: Stream, text: string): AgentReport[] {
    const isStart = this.gathered.length === 0 && text.startsWith('{');
    if (stream === 'stderr' || this.answer || (this.gathered.length === 0 && !isStart)) return this.rest.line(stream, text);
    this.gathered.push(text);
    this.size += text.length + 1;
    // Printed over many lines, an object ends where a line is its bracket alone.
    const isWhole = text === '}' || (isStart && text.trimEnd().endsWith('}'));
    if (isWhole) return this.read();
    return this.size > MAX_JSON_LINE || this.gathered.length > MAX_LINES ? this.last() : [];
  }

  /** Lines that became no object. */
  last(): AgentReport[] {
    const lines = this.gathered;
    this.gathered = [];
    this.size = 0;
    const reports: AgentReport[] = [];
    for (const said of lines.flatMap((line) => this.rest.line('stdout', line))) {
      const before = reports.at(-1);
      if (said.type === 'log' && before?.type === 'log' && before.lines.length < REPORT_LINES) before.lines.push(...said.lines);
      else reports.push(said);
    }
    return reports;
  }

  end(exit: Exit): OutputEnd {
    if (!this.answer) return explained(this.rest.end(exit), LOGIN);
    const { ok, status, final, error, usage: tokens, costUsd, model } = this.answer;
    const usage = {
      ...(tokens?.input === undefined ? {} : { inputTokens: tokens.input }),
      ...(tokens?.output === undefined ? {} : { outputTokens: tokens.output }),
      ...(costUsd === undefined ? {} : { costUsd }),
      ...(model ? { model: model.slice(0, 120) } : {}),
    };
    if (ok) return { result: final ?? '', usage };
    const words = error || final || this.rest.end({ code: exit.code || 1, signal: exit.signal }).error?.message || '';
    const told = status === 'timeout' ? { kind: 'timeout' as const } : {};
    return { error: failedWith(words, LOGIN, told), usage };
  }

  private read(): AgentReport[] {
    this.answer = Answer.safeParse(objectIn(this.gathered.join('\n'))).data;
    if (!this.answer) return this.last();
    this.gathered = [];
    const { sessionId, final } = this.answer;
    return [...session(sessionId), ...(final ? logged(final) : [])];
  }
}
