import * as z from 'zod';
import type { AgentReport, LogLevel } from '../../domain/report';
import { cleanLine, shorten } from '../../domain/text';
import { Changes } from './patch';
import { Plan, TextChunk, ToolCallPart } from './schema';
import { inert, ToolCalls } from './toolCalls';
import { Transcript } from './transcript';
import { UsageCount } from './usageCount';

const Kind = z.object({ sessionUpdate: z.string() });
const MAX_ENTRIES = 200;

/** Turns the updates of a session into reports, and keeps what the end of the attempt needs of them. */
export class Updates {
  readonly transcript: Transcript;
  readonly calls = new ToolCalls();
  readonly changes = new Changes();
  readonly usage = new UsageCount();
  /** Called when an update told of usage. */
  onUsage: (() => void) | undefined;

  constructor(private readonly report: (report: AgentReport) => void) {
    this.transcript = new Transcript((level, text) => this.log(level, text));
  }

  /** Takes one update; a kind that is not known, or is not as it should be, is ignored. */
  take(update: unknown): void {
    switch (Kind.safeParse(update).data?.sessionUpdate) {
      case 'agent_message_chunk':
        return this.takeMessage(update);
      case 'agent_thought_chunk': {
        const { data } = TextChunk.safeParse(update);
        return data && this.transcript.think(data.content.text);
      }
      case 'tool_call':
      case 'tool_call_update':
        return this.takeTool(update);
      case 'plan':
        return this.takePlan(update);
      case 'usage_update':
        if (this.usage.takeUpdate(update)) this.reportUsage();
        return this.onUsage?.();
    }
  }

  log(level: LogLevel, text: string): void {
    this.report({ type: 'log', lines: [{ text, level, at: Date.now() }] });
  }

  reportUsage(): void {
    const usage = this.usage.total();
    if (usage) this.report({ type: 'usage', usage });
  }

  private takeMessage(update: unknown): void {
    const { data } = TextChunk.safeParse(update);
    if (!data) return;
    const usage = data._meta?.usage;
    if (usage) {
      this.usage.addChunk(usage);
      this.reportUsage();
      this.onUsage?.();
    }
    if (data.content.text) this.transcript.say(data.content.text, data.messageId);
  }

  private takeTool(update: unknown): void {
    const { data } = ToolCallPart.safeParse(update);
    if (!data) return;
    this.transcript.breakOff();
    this.changes.take(data);
    const report = this.calls.report(this.calls.take(data));
    if (report) this.report(report);
  }

  private takePlan(update: unknown): void {
    const entries = (Plan.safeParse(update).data?.entries ?? []).flatMap(({ content, status }) => {
      const text = shorten(inert(cleanLine(content)), 500);
      return text ? [{ text, status }] : [];
    });
    if (entries.length === 0) return;
    this.report({ type: 'plan', entries: entries.slice(0, MAX_ENTRIES) });
    const step = entries.find(({ status }) => status === 'in_progress')?.text;
    const completed = entries.filter(({ status }) => status === 'completed').length;
    this.report({ type: 'progress', progress: completed / entries.length, ...(step ? { step: shorten(step, 200) } : {}) });
  }
}
