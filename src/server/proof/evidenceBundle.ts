import { createReadStream, existsSync } from 'node:fs';
import type { PassThrough, Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { errorText } from '../base/errors';
import { evidenceLabel, type Evidence } from '../domain/evidence';
import { inEnglish } from '../domain/language';
import type { LogLine, TaskDetails, TaskEvidence } from '../domain/query';
import { bundlePage, type BundlePicture } from './bundlePage';
import { ZipNames } from './zipNames';

/** What a bundle is made of. */
export interface BundleSource {
  details: TaskDetails;
  proof: TaskEvidence;
  /** All lines of the task, oldest first. */
  lines: readonly LogLine[];
  /** The stored file of a hash, or undefined when it is gone. */
  path: (sha256: string) => string | undefined;
}

const FOLDERS: Readonly<Record<Evidence['kind'], string>> = {
  screenshot: 'pictures',
  image: 'pictures',
  metrics: 'metrics',
  report: 'reports',
  patch: 'patches',
  file: 'files',
  text: 'files',
};
/** Packed already; packing again costs time and saves nothing. */
const PACKED = /^image\/(png|jpeg|webp)$|zip/;

/**
 * All the proof of a task as a ZIP, streamed: pictures, baselines, diffs, reports, patches, the log, `task.json`, and an `index.html` that
 * opens anywhere. Files are read one after another as the reader takes them; destroying the stream ends that.
 */
export function evidenceBundle({ details, proof, lines, path }: BundleSource): Readable {
  const zip = new ZipFile();
  const out = zip.outputStream as PassThrough;
  const fail = (error: unknown): void => void out.destroy(new Error(`The bundle could not be made: ${errorText(error)}`));
  zip.on('error', fail);
  // A ZipFile neither closes the file it reads when nobody takes more of it, nor hears that it cannot be read.
  const gone = new AbortController();
  out.once('close', () => gone.abort());
  const open = (file: string): Readable => createReadStream(file, { signal: gone.signal }).on('error', fail);
  const names = new ZipNames();
  const missing: string[] = [];
  const addFile = (folder: string, label: string, mime: string, sha256: string, at: number): string | undefined => {
    const file = path(sha256);
    const name = names.of(folder, label, mime);
    if (file === undefined || !existsSync(file)) {
      missing.push(name);
      return undefined;
    }
    zip.addReadStreamLazy(name, { mtime: new Date(at), compress: !PACKED.test(mime) }, (take) => take(null, open(file)));
    return name;
  };

  const pictures: BundlePicture[] = [];
  const files: { label: string; name: string | undefined; evidence: Evidence; attempt: number }[] = [];
  for (const { attempt, evidence } of proof.pieces) {
    const { sha256, mime, addedAt, comparison } = evidence;
    const label = evidenceLabel(evidence);
    const name = addFile(`${FOLDERS[evidence.kind]}/attempt-${attempt}`, label, mime, sha256, addedAt);
    if (evidence.kind !== 'screenshot' && evidence.kind !== 'image') {
      files.push({ label, name, evidence, attempt });
      continue;
    }
    const baseline = comparison?.baseline && addFile('baselines', label, mime, comparison.baseline, addedAt);
    const diff = comparison?.diff && addFile(`diffs/attempt-${attempt}`, label, 'image/png', comparison.diff, addedAt);
    pictures.push({ label, attempt, evidence, name, ...(baseline ? { baseline } : {}), ...(diff ? { diff } : {}) });
  }
  const at = { mtime: new Date(details.task.since) };
  const text = (name: string, content: string): void => zip.addBuffer(Buffer.from(content), name, at);
  text('task.json', `${JSON.stringify(taskJson(details, proof), null, 2)}\n`);
  text('log.ndjson', lines.map((line) => `${JSON.stringify({ ...line, at: new Date(line.at).toISOString() })}\n`).join(''));
  text(
    'index.html',
    inEnglish(() => bundlePage({ details, proof, pictures, files, missing })),
  );
  if (missing.length > 0) text('MISSING.txt', `These files are no longer on the disk:\n${missing.map((name) => `${name}\n`).join('')}`);
  zip.end();
  return out;
}

/** The task with its texts, attempts and verdicts; times as ISO 8601. */
function taskJson({ task, prompt, results, events }: TaskDetails, { pieces }: TaskEvidence): object {
  const iso = (_key: string, value: unknown): unknown => value;
  const evidence = pieces.map(({ attempt, evidence: piece, comparison, findings }) => ({
    attempt,
    ...piece,
    addedAt: new Date(piece.addedAt).toISOString(),
    ...(piece.judgedAt === undefined ? {} : { judgedAt: new Date(piece.judgedAt).toISOString() }),
    ...(comparison ? { comparison } : {}),
    ...(findings ? { findings } : {}),
  }));
  const attempts = task.attempts.map(({ evidence: _, startedAt, endedAt, ...attempt }) => ({
    ...attempt,
    startedAt: new Date(startedAt).toISOString(),
    ...(endedAt === undefined ? {} : { endedAt: new Date(endedAt).toISOString() }),
    ...(results[attempt.n] === undefined ? {} : { result: results[attempt.n] }),
  }));
  const whole = {
    ...task,
    createdAt: new Date(task.createdAt).toISOString(),
    since: new Date(task.since).toISOString(),
    prompt,
    attempts,
    evidence,
  };
  return JSON.parse(
    JSON.stringify({ ...whole, events: events.map((event) => ({ ...event, at: new Date(event.at).toISOString() })) }, iso),
  ) as object;
}
