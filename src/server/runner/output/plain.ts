import { stripVTControlCharacters } from 'node:util';
import { readOutput } from '../../domain/outputLine';
import type { AgentReport } from '../../domain/report';
import { cleanLine, shorten } from '../../domain/text';
import type { Exit } from '../agentProcess';
import { kindOfWords, retryAtOf } from '../failureWords';
import { TextTail } from '../textTail';
import { howEnded, type OutputEnd, type OutputReader, type Stream } from './reader';

const MAX_MESSAGE = 4_000;
/** As long as a line of any output is with the mark of where it was cut, characters. */
const MAX_TEXT = 64 * 1024 + 64;

/** Plain lines, or JSON lines with a level or a progress: the last ones are the result, the last error line says why it failed. */
export class PlainReader implements OutputReader {
  private readonly result = new TextTail();
  private lastError = '';

  line(stream: Stream, line: string): AgentReport[] {
    const text = line.length <= MAX_TEXT ? line : `${line.slice(0, MAX_TEXT)}… [cut]`;
    const { log, progress } = readOutput(text, stream === 'stdout' ? 'info' : 'warn');
    const reports: AgentReport[] = progress ? [{ type: 'progress', ...progress }] : [];
    if (!log) return reports;
    const plain = stripVTControlCharacters(log.text);
    if (stream === 'stdout') this.result.add(plain);
    else if (plain.trim()) this.lastError = plain;
    return [...reports, { type: 'log', lines: [{ ...log, at: Date.now() }] }];
  }

  end(exit: Exit): OutputEnd {
    if (exit.code === 0) return { result: this.result.text() };
    const why = shorten(cleanLine(this.lastError), MAX_MESSAGE);
    const message = why ? `${howEnded(exit)}: ${why}` : howEnded(exit);
    // Any program may print such words; only those of a limit say when to try again.
    const retryAt = kindOfWords(why) === 'limit' ? retryAtOf(why, Date.now()) : undefined;
    return {
      error: retryAt === undefined ? { type: 'error', kind: 'agent_error', message } : { type: 'error', kind: 'limit', message, retryAt },
    };
  }
}
