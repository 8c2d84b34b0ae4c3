import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

interface Place {
  url: string;
  token: string;
}

/** What the tower acknowledged to agents: log lines and evidence. */
export class Receipts {
  reports = 0;
  private readonly lines = new Map<string, string[]>();
  private readonly evidence = new Map<string, { taskId: string; sha256: string }>();
  private fresh = { attempts: new Set<string>(), evidence: new Set<string>() };

  addLine(attempt: string, text: string): void {
    this.fresh.attempts.add(attempt);
    this.lines.set(attempt, [...(this.lines.get(attempt) ?? []), text]);
  }

  addEvidence(id: string, taskId: string, bytes: Uint8Array): void {
    if (this.evidence.has(id)) return;
    this.evidence.set(id, { taskId, sha256: sha256Of(bytes) });
    this.fresh.evidence.add(id);
  }

  get counts(): { lines: number; evidence: number } {
    return { lines: [...this.lines.values()].reduce((sum, { length }) => sum + length, 0), evidence: this.evidence.size };
  }

  /** Holds what is new since the last look, or all, against the tower. */
  async check(at: Place, all = false): Promise<void> {
    const { attempts, evidence } = all ? { attempts: new Set(this.lines.keys()), evidence: new Set(this.evidence.keys()) } : this.fresh;
    this.fresh = { attempts: new Set(), evidence: new Set() };
    for (const key of attempts) await this.checkLines(at, key);
    for (const id of evidence) await this.checkEvidence(at, id);
  }

  private async checkLines({ url, token }: Place, key: string): Promise<void> {
    const [task = '', attempt = ''] = key.split('/');
    const known = [...(this.lines.get(key) ?? [])];
    const said = await bytesOf({ url, token }, `/api/logs?task=${task}&attempt=${attempt}&limit=5000`);
    const body = JSON.parse(said.toString()) as { lines: unknown };
    const texts = (body.lines as { text: string }[]).map(({ text }) => text);
    for (const line of known) assert.equal(texts.filter((text) => text === line).length, 1, `"${line}" in ${texts.join(' | ')}`);
  }

  private async checkEvidence({ url, token }: Place, id: string): Promise<void> {
    const { taskId = '', sha256 } = this.evidence.get(id) ?? {};
    const body = JSON.parse((await bytesOf({ url, token }, `/api/tasks/${taskId}/evidence`)).toString()) as { evidence: unknown };
    const pieces = body.evidence as { id: string; attempt: number; sha256: string }[];
    const piece = pieces.find((one) => one.id === id);
    assert.equal(piece?.sha256, sha256, `evidence ${id} of ${taskId}`);
    assert.equal(pieces.filter(({ attempt }) => attempt === piece?.attempt).length, 1, 'evidence was stored twice');
    const bytes = await bytesOf({ url, token }, `/api/evidence/${taskId}/${id}`);
    assert.equal(sha256Of(bytes), sha256, `the bytes of evidence ${id}`);
  }
}

/** What the tower answers; whoever asks too fast waits, as the tower says. */
async function bytesOf({ url, token }: Place, path: string): Promise<Buffer> {
  for (;;) {
    const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    const bytes = Buffer.from(await response.arrayBuffer());
    if (response.status === 429) await wait(Number(response.headers.get('retry-after')) * 1_000);
    else {
      assert.equal(response.status, 200, `${path}: ${bytes.toString().slice(0, 400)}`);
      return bytes;
    }
  }
}

/** Holds every file that is read whole against what it should be: evidence by its name, checkpoints by their checksum. */
export function checkFiles(storage: string): number {
  let checked = 0;
  const filesIn = (folder: string): string[] => {
    const path = join(storage, folder);
    if (!existsSync(path)) return [];
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
  };
  for (const path of filesIn('evidence')) {
    const name = /([0-9a-f]{64})$/.exec(path)?.[1];
    if (name === undefined) continue;
    assert.equal(sha256Of(readFileSync(path)), name, `${path} is not what its name says`);
    checked++;
  }
  for (const path of filesIn('checkpoints').filter((path) => path.endsWith('.json'))) {
    const [head = '', board = ''] = readFileSync(path, 'utf8').split('\n');
    assert.equal((parsed(head, path) as { sha256: string }).sha256, sha256Of(Buffer.from(board)), `${path} is torn`);
    checked++;
  }
  return checked;
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return assert.fail(`${path} is torn`);
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
