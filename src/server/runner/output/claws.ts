import { lstat, readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { AgentReport } from '../../domain/report';
import { cleanLine, shorten } from '../../domain/text';
import type { Exit } from '../agentProcess';
import { PlainReader } from './plain';
import type { HandedIn, OutputEnd, OutputReader, Stream } from './reader';

const CHECKPOINT = /\bCHECKPOINT\s+#?(\d{1,4})(?:\s*(?:\/|of)\s*(\d{1,4}))?\s*[:.\-–—]*\s*(.*)/i;
const TRUST = /\bTrust Score:?\s*(\d(?:\.\d+)?)/i;
const REPORTS = 'claws-reports';
const MAX_REPORT = 16 * 1024 * 1024;

/** CLAWS.BOT: its checkpoints are the progress, its trust score and its last verification report the evidence. */
export class ClawsReader implements OutputReader {
  private readonly rest = new PlainReader();
  private trust: number | undefined;
  private readonly startedAt = Date.now();

  line(stream: Stream, text: string): AgentReport[] {
    const plain = stripVTControlCharacters(text);
    const [, score] = TRUST.exec(plain) ?? [];
    if (score !== undefined && Number(score) <= 1) this.trust = Number(score);
    const reports = this.rest.line(stream, text);
    const [, n, of, about = ''] = CHECKPOINT.exec(plain) ?? [];
    if (n === undefined) return reports;
    const progress = of !== undefined && Number(of) > 0 ? Math.min(1, Number(n) / Number(of)) : null;
    const step = shorten(`Checkpoint ${n}${of === undefined ? '' : ` of ${of}`}${about ? `: ${cleanLine(about)}` : ''}`, 200);
    return [{ type: 'progress', progress, step }, ...reports];
  }

  end(exit: Exit): OutputEnd {
    return this.rest.end(exit);
  }

  /** The trust score as a number 0..100, and the report that this run has written. */
  async evidence(cwd: string): Promise<HandedIn[]> {
    const found: HandedIn[] = [];
    if (this.trust !== undefined) {
      const metrics = [{ category: 'quality', name: 'trust-score', value: Math.round(this.trust * 10_000) / 100 }];
      found.push({
        head: { kind: 'metrics', name: 'trust score', metrics },
        body: { mime: 'application/json', bytes: Buffer.from(JSON.stringify({ metrics })) },
      });
    }
    const report = await newestReport(cwd, this.startedAt);
    if (report) found.push({ head: { kind: 'report', name: report.name }, body: { mime: 'text/plain', path: report.path } });
    return found;
  }
}

async function newestReport(cwd: string, since: number): Promise<{ name: string; path: string } | undefined> {
  try {
    const folder = join(await realpath(cwd), REPORTS);
    if ((await realpath(folder)) !== folder) return undefined;
    let newest: { name: string; path: string; at: number } | undefined;
    for (const name of await readdir(folder)) {
      if (!/^verification-[\w.-]{1,80}\.log$/.test(name)) continue;
      const path = folder + sep + name;
      const facts = await lstat(path);
      // Clocks of file systems may be a second coarse.
      if (!facts.isFile() || facts.size > MAX_REPORT || facts.mtimeMs < since - 1_000) continue;
      if (!newest || facts.mtimeMs > newest.at) newest = { name, path, at: facts.mtimeMs };
    }
    return newest;
  } catch {
    // It has written none.
    return undefined;
  }
}
