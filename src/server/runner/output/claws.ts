import { lstat, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { AgentReport } from '../../domain/report';
import { cleanLine, shorten } from '../../domain/text';
import type { Exit } from '../agentProcess';
import { openPlainFile } from '../plainFile';
import { PlainReader } from './plain';
import type { HandedIn, OutputEnd, OutputReader, Stream } from './reader';

const CHECKPOINT = /\bCHECKPOINT\s+#?(\d{1,4})(?:\s*(?:\/|of)\s*(\d{1,4}))?\s*[:.\-–—]*\s*(.*)/;
const TRUST = /\bTrust Score:?\s*([01](?:\.\d+)?)(?![\d/%.])/i;
const REPORTS = 'claws-reports';
const MAX_REPORT = 16 * 1024 * 1024;
/** Clocks of file systems may be this coarse, ms. */
const COARSE = 1_000;

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
    const report = await newestReport(cwd, this.startedAt - COARSE).catch(() => undefined);
    if (report) found.push({ head: { kind: 'report', name: report.name }, body: { mime: 'text/plain', bytes: report.bytes } });
    return found;
  }
}

/** @throws when there is no such folder, or a report changes under the reader. */
async function newestReport(cwd: string, since: number): Promise<{ name: string; bytes: Buffer } | undefined> {
  const folder = join(await realpath(cwd), REPORTS);
  if ((await realpath(folder)) !== folder) return undefined;
  let newest: { name: string; at: number } | undefined;
  for (const name of await readdir(folder)) {
    if (!/^verification-[\w.-]{1,80}\.log$/.test(name)) continue;
    const facts = await lstat(join(folder, name));
    if (!facts.isFile() || facts.size > MAX_REPORT || facts.mtimeMs < since) continue;
    if (!newest || facts.mtimeMs > newest.at) newest = { name, at: facts.mtimeMs };
  }
  return newest && { name: newest.name, bytes: await readReport(join(folder, newest.name)) };
}

async function readReport(path: string): Promise<Buffer> {
  const { file, size } = await openPlainFile(path, MAX_REPORT);
  try {
    const bytes = Buffer.alloc(size);
    const { bytesRead } = await file.read(bytes, 0, size, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
