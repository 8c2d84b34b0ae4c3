import { z } from 'zod';
import type { AgentReport } from '../../domain/report';
import type { Exit } from '../agentProcess';
import { PlainReader } from './plain';
import { failedWith, logged, type OutputEnd, type OutputReader, type Stream } from './reader';

const MAX_GATHERED = 4 * 1024 * 1024;
const count = z.int().nonnegative().optional().catch(undefined);
/** What `openclaw agent exec --json` prints, once, at its end (openclaw 2026.9.6). */
const Answer = z.looseObject({
  ok: z.boolean(),
  status: z.string().optional(),
  final: z.string().nullish(),
  error: z.unknown().optional(),
  usage: z.looseObject({ input: count, output: count }).optional().catch(undefined),
  costUsd: z.number().nonnegative().optional().catch(undefined),
  model: z.string().max(120).optional().catch(undefined),
  sessionId: z.string().max(200).optional().catch(undefined),
});

/** OpenClaw, run once for each task: one JSON object, perhaps over many lines. */
export class OpenclawReader implements OutputReader {
  private readonly rest = new PlainReader();
  private gathered = '';
  private isObject = false;

  line(stream: Stream, text: string): AgentReport[] {
    if (stream === 'stderr') return this.rest.line(stream, text);
    if (!this.isObject && text.trimStart().startsWith('{')) this.isObject = true;
    if (!this.isObject) return this.rest.line(stream, text);
    if (this.gathered.length < MAX_GATHERED) this.gathered += `${text}\n`;
    return [];
  }

  end(exit: Exit): OutputEnd {
    const answer = this.answer();
    if (!answer) {
      for (const line of this.gathered.split('\n').slice(0, 1000)) this.rest.line('stdout', line);
      return this.rest.end(exit);
    }
    const { ok, status, final, error, usage: tokens, costUsd, model } = answer;
    const usage = {
      ...(tokens?.input === undefined ? {} : { inputTokens: tokens.input }),
      ...(tokens?.output === undefined ? {} : { outputTokens: tokens.output }),
      ...(costUsd === undefined ? {} : { costUsd }),
      ...(model ? { model } : {}),
    };
    if (ok) return { result: final ?? '', usage };
    const words = typeof error === 'string' ? error : (final ?? '');
    if (status === 'timeout')
      return { error: { type: 'error', kind: 'timeout', message: words || 'OpenClaw ran out of its own time.' }, usage };
    return { error: failedWith(words, 'OpenClaw failed without a word.'), usage };
  }

  /** What the gathered answer leaves in the log. */
  last(): AgentReport[] {
    const answer = this.answer();
    const session: AgentReport[] = answer?.sessionId ? [{ type: 'session', id: answer.sessionId }] : [];
    return [...session, ...(answer?.final ? logged(answer.final) : answer ? [] : logged(this.gathered))];
  }

  private answer(): z.infer<typeof Answer> | undefined {
    try {
      return Answer.safeParse(JSON.parse(this.gathered)).data;
    } catch {
      return undefined;
    }
  }
}
