import type { CallToolResult, Client } from '@modelcontextprotocol/client';
import { LONGEST_TIMER } from '../../base/clock';
import { errorText } from '../../base/errors';
import { Viewport } from '../../domain/evidence';
import type { FinalReport, LogLevel } from '../../domain/report';
import { cleanLine, shorten } from '../../domain/text';
import type { WorkContext } from '../driver';
import { MAX_LINE } from '../../base/lineSplitter';
import { TextTail } from '../textTail';
import { failed } from './explain';
import type { Step } from './steps';
import { partsOf } from './toolResult';

/** The log lines that are kept of one result. */
const MAX_LINES = 10_000;

/** The calls of one attempt. */
export class ToolCalls {
  private readonly result = new TextTail();
  private readonly names = new Map<string, number>();
  private viewport: Viewport | undefined;
  private handedIn = 0;
  private done = 0;
  /** What goes on now; completes "The MCP server ended …". */
  during: string | undefined;

  constructor(
    private readonly context: WorkContext,
    private readonly steps: readonly Step[],
    private readonly client: Client,
    private readonly signal: AbortSignal,
  ) {}

  /** @throws whatever the SDK throws; the connection explains it. */
  async run(timeout: number): Promise<FinalReport> {
    const { tools } = await this.client.listTools({}, { timeout, signal: this.signal });
    const missing = this.steps.find(({ name }) => !tools.some((tool) => tool.name === name));
    if (missing) {
      const names = tools.map(({ name }) => name).join(', ') || 'none';
      return failed('agent_error', `The MCP server of ${this.context.agent.name} has no tool "${missing.name}". It has: ${names}.`);
    }
    for (const step of this.steps) {
      const error = await this.call(step);
      if (error !== undefined) return failed('agent_error', `${step.name}: ${error}`);
      this.done++;
    }
    const called = `${this.done === 1 ? 'The tool was' : `${this.done} tools were`} called`;
    const pieces = this.handedIn === 1 ? '1 piece of evidence was' : `${this.handedIn} pieces of evidence were`;
    return { type: 'result', result: this.result.text() || `${called}; ${pieces} handed in.` };
  }

  /** @returns what the tool says is wrong. */
  private async call(step: Step): Promise<string | undefined> {
    const { name, input } = step;
    this.during = `while ${name} was called`;
    this.say({ type: 'tool', name: cleanLine(name), status: 'in_progress' });
    if (this.steps.length > 1) this.progress(0, name);
    const result = await this.client.callTool(
      { name, arguments: input },
      {
        signal: this.signal,
        // How long a tool may run is the task's own limit.
        timeout: LONGEST_TIMER,
        onprogress: ({ progress, total, message }) => this.progress(total ? progress / total : undefined, message ?? name),
      },
    );
    if (/resize/.test(name)) this.viewport = Viewport.safeParse({ width: input.width, height: input.height }).data ?? this.viewport;
    const texts = await this.take(step, result);
    const isError = result.isError === true;
    this.say({ type: 'tool', name: cleanLine(name), status: isError ? 'failed' : 'completed' });
    return isError ? texts || 'the tool failed without a word' : undefined;
  }

  /** Logs the texts of a result and hands in its evidence. @returns the texts. */
  private async take(step: Step, result: CallToolResult): Promise<string> {
    const texts: string[] = [];
    for (const part of partsOf(result, this.viewport)) {
      if ('text' in part) {
        texts.push(part.text);
        this.text(part.text, result.isError ? 'error' : 'info');
      } else if ('leftOut' in part) this.log(`${step.name}: ${part.leftOut} cannot be evidence and was left out`, 'warn');
      else {
        try {
          await this.context.handIn({ ...part.evidence, name: this.nameOf(step) }, part.body);
          this.handedIn++;
        } catch (error) {
          this.log(errorText(error), 'warn');
        }
      }
    }
    return texts.join('\n');
  }

  /** The name of the next piece of evidence of a step, its own within the attempt for each viewport. */
  private nameOf({ name, as }: Step): string {
    const base = shorten(cleanLine(as ?? name), 110);
    const key = `${base}@${this.viewport?.width}x${this.viewport?.height}`;
    const count = (this.names.get(key) ?? 0) + 1;
    this.names.set(key, count);
    return count === 1 ? base : `${base}-${count}`;
  }

  private text(text: string, level: LogLevel): void {
    const lines = text.split('\n');
    for (const line of lines.slice(0, MAX_LINES)) {
      this.log(line, level);
      this.result.add(line);
    }
    if (lines.length > MAX_LINES) this.log(`… ${lines.length - MAX_LINES} more lines`, 'warn');
  }

  private progress(share: number | undefined, step: string): void {
    const of = this.steps.length;
    const progress = share === undefined && of === 1 ? null : Math.min(1, Math.max(0, (this.done + (share ?? 0)) / of));
    const said = shorten(cleanLine(step), 200);
    this.say({ type: 'progress', progress, ...(said ? { step: said } : {}) });
  }

  private log(text: string, level: LogLevel): void {
    this.say({ type: 'log', lines: [{ text: shorten(text, MAX_LINE), level, at: Date.now() }] });
  }

  /** Nothing follows the final report of a work that was ended. */
  private say(report: Parameters<WorkContext['report']>[0]): void {
    if (!this.signal.aborted) this.context.report(report);
  }
}
