import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { TaskOut } from '../../src/server/protocol/rest';
import type { HeadlessTower } from './headlessTower';
import { until } from './until';

/** The agent that forgets what it was at: only its attempts may be lost. */
export const FORGETFUL = 'Forgetful';

/** All that a tower acknowledged, to be held against it after it was killed. An attempt is written `task/number`. */
export class KillLedger {
  /** Ids by `externalId`. */
  readonly tasks = new Map<string, string>();
  readonly results = new Set<string>();
  /** Results that went out, acknowledged or not. */
  readonly sentResults = new Set<string>();
  /** Attempts of the agent that forgets which were begun before the last kill. */
  begunBefore = new Set<string>();
  private readonly lines = new Map<string, string[]>();
  private readonly evidence = new Map<string, { taskId: string; sha256: string }>();
  /** What was acknowledged since the last look. */
  private fresh = { attempts: new Set<string>(), evidence: new Set<string>() };

  constructor(
    private readonly tower: HeadlessTower,
    private readonly starts: string,
  ) {}

  addLine(attempt: string, text: string): void {
    this.fresh.attempts.add(attempt);
    this.lines.set(attempt, [...(this.lines.get(attempt) ?? []), text]);
  }

  addEvidence(id: string, taskId: string, bytes: Uint8Array): void {
    if (this.evidence.has(id)) return;
    this.evidence.set(id, { taskId, sha256: sha256Of(bytes) });
    this.fresh.evidence.add(id);
  }

  /** Looks at every task, and at the texts that are new since the last look, or at all of them. */
  async check(begun: readonly string[], all = false): Promise<void> {
    const started = [...this.noted().started, ...begun];
    assert.deepEqual(
      started.filter((key, index) => started.indexOf(key) !== index),
      [],
      'an attempt ran twice',
    );
    await this.checkTasks();
    const { attempts, evidence } = this.fresh;
    this.fresh = { attempts: new Set(), evidence: new Set() };
    await this.checkTexts(all ? this.lines.keys() : attempts, all ? this.evidence.keys() : evidence);
  }

  /** The attempts that children of the managed agent began and finished, as they noted it themselves. */
  noted(): { started: string[]; ended: string[]; pids: Map<string, number> } {
    const rows = readFileSync(this.starts, 'utf8')
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((row) => row.split(' '));
    const of = (word: string): string[] => rows.flatMap(([what, key = '']) => (what === word ? [key] : []));
    return { started: of('start'), ended: of('end'), pids: new Map(rows.map(([, key = '', pid]) => [key, Number(pid)])) };
  }

  /** The children that run, as they noted it themselves. */
  children(): number[] {
    const { started, ended, pids } = this.noted();
    return started.filter((key) => !ended.includes(key)).map((key) => pids.get(key) ?? 0);
  }

  /** Every task by `externalId`. */
  async listed(): Promise<Map<string, TaskOut>> {
    const found = new Map<string, TaskOut>();
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const { status, body } = await this.tower.ask('GET', `/api/tasks?limit=500${cursor && `&cursor=${cursor}`}`);
      assert.equal(status, 200, JSON.stringify(body));
      for (const task of body.tasks as TaskOut[]) {
        assert.ok(!found.has(task.externalId ?? ''), `${task.externalId} exists twice`);
        found.set(task.externalId ?? '', task);
      }
      cursor = body.cursor as string | undefined;
    }
    return found;
  }

  private async checkTasks(): Promise<void> {
    const done = [...this.results];
    const lost = [...this.begunBefore].filter((key) => key.endsWith('/1') && !this.results.has(key));
    const tasks = await until('the attempts that were cut off to end', async () => {
      const now = await this.listed();
      const byId = new Map([...now.values()].map((task) => [task.id, task]));
      return lost.every((key) => byId.get(key.split('/')[0] ?? '')?.status !== 'running') ? now : undefined;
    });
    const byId = new Map([...tasks.values()].map((task) => [task.id, task]));
    for (const [externalId, id] of this.tasks) assert.equal(tasks.get(externalId)?.id, id, `${externalId} is gone`);
    for (const key of done) assert.equal(byId.get(key.split('/')[0] ?? '')?.status, 'completed', `${key} was acknowledged as done`);
    for (const key of lost) {
      const task = byId.get(key.split('/')[0] ?? '');
      // A result that went out may have been stored, though its answer was cut off.
      if (task?.status === 'completed' && (this.sentResults.has(key) || task.attempt > 1)) continue;
      assert.deepEqual([key, task?.status, task?.error?.kind], [key, 'failed', 'lost_contact']);
    }
    for (const task of tasks.values()) {
      if (task.status === 'failed') assert.deepEqual([task.agent, task.error?.kind], [FORGETFUL, 'lost_contact'], task.error?.message);
      if (task.agent !== FORGETFUL) assert.ok(task.attempt <= 1, `${task.externalId} of ${task.agent} has attempt ${task.attempt}`);
    }
  }

  private async checkTexts(attempts: Iterable<string>, evidenceIds: Iterable<string>): Promise<void> {
    for (const key of attempts) {
      const [taskId = '', attempt = ''] = key.split('/');
      // The agents go on meanwhile: what they are told now need not be in the answer.
      const known = this.lines.get(key) ?? [];
      const { body } = await this.tower.ask('GET', `/api/logs?task=${taskId}&attempt=${attempt}&limit=5000`);
      const texts = (body.lines as { text: string }[]).map(({ text }) => text);
      for (const line of known) assert.equal(texts.filter((text) => text === line).length, 1, `"${line}" in ${texts.join()}`);
    }
    for (const id of evidenceIds) {
      const { taskId = '', sha256 } = this.evidence.get(id) ?? {};
      const { body } = await this.tower.ask('GET', `/api/tasks/${taskId}/evidence`);
      const pieces = body.evidence as { id: string; attempt: number; sha256: string }[];
      const piece = pieces.find((one) => one.id === id);
      assert.equal(piece?.sha256, sha256, `evidence ${id} of ${taskId}`);
      assert.equal(pieces.filter(({ attempt }) => attempt === piece?.attempt).length, 1, 'evidence was stored twice');
      const response = await fetch(`${this.tower.url}/api/evidence/${taskId}/${id}`, {
        headers: { authorization: `Bearer ${this.tower.keys.person}` },
      });
      const bytes = Buffer.from(await response.arrayBuffer());
      assert.equal(sha256Of(bytes), sha256, `the bytes of evidence ${id}`);
    }
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
