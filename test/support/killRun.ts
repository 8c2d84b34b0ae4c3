import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { TaskOut } from '../../src/server/protocol/rest';
import type { HeadlessTower } from './headlessTower';
import { PersistentAgent, type Work } from './persistentAgent';
import { runningOf } from './processTree';
import type { Assigned } from './towerClient';
import { until } from './until';

export type Moment = 'child' | 'answer' | 'any';
const FORGETFUL = 'Forgetful';
const AGENTS = ['Builder', 'First', 'Second', FORGETFUL];
/** The report before which the evidence is handed in, and the last one. */
const EVIDENCE_BEFORE = 2;
const RESULT = 4;

interface Asked {
  externalId: string;
  agent: string;
}

/** Work, agents and a ledger of all that a tower acknowledged, to be held against it after each kill. */
export class KillRun {
  killedChildRuns = 0;
  cutOffKills = 0;
  private readonly agents: PersistentAgent[];
  private count = 0;
  private closed = false;
  /** Ids by `externalId`. */
  private readonly acknowledged = new Map<string, string>();
  private unanswered: Asked[] = [];
  private readonly results = new Set<string>();
  private readonly sentResults = new Set<string>();
  private readonly lines = new Map<string, string[]>();
  private readonly evidence = new Map<string, { taskId: string; sha256: string }>();
  /** What was acknowledged since the last look. */
  private readonly fresh = { attempts: new Set<string>(), evidence: new Set<string>() };
  private begunBefore = new Set<string>();

  constructor(
    private readonly tower: HeadlessTower,
    private readonly starts: string,
    private readonly random: (n: number) => number,
  ) {
    this.agents = ['First', 'Second', FORGETFUL].map(
      (name) =>
        new PersistentAgent({
          name,
          capacity: 2,
          forgetful: name === FORGETFUL,
          address: () => ({ url: tower.url, token: tower.keys.client }),
          plan: (task) => reportsOf(task),
          before: (agent, work, n) => this.before(agent, work, n),
          acked: (work, n) => this.reported(work, n),
        }),
    );
  }

  shuffled<T>(items: T[]): T[] {
    const left = [...items];
    return items.map(() => left.splice(this.random(left.length), 1)).flat();
  }

  async agentsConnected(): Promise<void> {
    await until('the agents to be connected', async () => {
      const { body } = await this.tower.ask('GET', '/api/agents');
      const agents = body.agents as { name: string; status: string }[];
      return AGENTS.every((name) =>
        agents.some((agent) => agent.name === name && agent.status !== 'offline' && agent.status !== 'starting'),
      );
    });
  }

  /** Asks for `n` tasks, one after another. */
  async create(n: number): Promise<void> {
    for (let i = 0; i < n; i++) await this.post(this.next()).answer;
    assert.deepEqual(this.unanswered, []);
  }

  /** Asks once more for all that was asked for and not answered. */
  async sendAgain(): Promise<void> {
    for (const asked of this.unanswered.splice(0)) await this.post(asked).answer;
    assert.deepEqual(this.unanswered, []);
  }

  async killDuring(moment: Moment): Promise<void> {
    let answers: Promise<void>[] = [];
    if (moment === 'child') {
      await this.post(this.next('Builder')).answer;
      await until('a child to run', () => this.children().length > 0);
    } else if (moment === 'answer') answers = await this.burst(12, this.random(5));
    else await wait(this.random(500));
    const children = this.children();
    await this.tower.kill();
    await Promise.all(answers);
    if (this.unanswered.length > 0) this.cutOffKills++;
    if (moment === 'child' && runningOf(children).length > 0) this.killedChildRuns++;
    this.begunBefore = new Set(this.agents.find(({ name }) => name === FORGETFUL)?.begun);
  }

  /** Holds what was acknowledged since the last look, and every task, against the tower. */
  async check(): Promise<void> {
    await this.agentsConnected();
    this.checkStarts();
    await this.checkTasks();
    await this.checkTexts([...this.fresh.attempts], [...this.fresh.evidence]);
    this.fresh.attempts.clear();
    this.fresh.evidence.clear();
  }

  /** Lets everything come to its end, with another try for what was lost, and looks at all of it again. */
  async finish(): Promise<void> {
    await this.allAre('completed', 'failed');
    await this.checkTasks();
    await this.tower.ask('POST', '/api/tasks/retry-failed', {});
    await this.allAre('completed');
    await this.check();
    await this.checkTexts([...this.lines.keys()], [...this.evidence.keys()]);
    const { started, ended } = this.noted();
    assert.deepEqual(ended.sort(), started.sort(), 'a child did not come to its end');
    const asked = [...this.acknowledged.keys()];
    assert.equal(asked.length, this.count);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await Promise.all(this.agents.map((agent) => agent.close()));
  }

  private next(agent = AGENTS[this.random(AGENTS.length)] ?? ''): Asked {
    return { externalId: `job-${++this.count}`, agent };
  }

  /** Asks for many tasks at once; resolves when every request has been handed to the system and `k` are answered. */
  private async burst(n: number, k: number): Promise<Promise<void>[]> {
    let answered = 0;
    const posts = Array.from({ length: n }, () => this.post(this.next()));
    const enough = new Promise<void>((resolve) => {
      for (const { answer } of posts) void answer.then(() => ++answered === k && resolve());
      if (k === 0) resolve();
    });
    await Promise.all(posts.map(({ sent }) => sent));
    await enough;
    return posts.map(({ answer }) => answer);
  }

  /** Asks for a task. `answer` resolves also when none comes. */
  private post(asked: Asked): { sent: Promise<void>; answer: Promise<void> } {
    const { externalId, agent } = asked;
    const body = JSON.stringify({ title: externalId, externalId, agent, prompt: `Do ${externalId}.` });
    const headers = {
      authorization: `Bearer ${this.tower.keys.client}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'idempotency-key': externalId,
    };
    const call = request(`${this.tower.url}/api/tasks`, { method: 'POST', headers, agent: false });
    const sent = new Promise<void>((resolve) => call.once('finish', resolve).once('close', resolve));
    const answer = new Promise<string>((resolve, reject) => {
      call.once('error', reject).once('response', (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.once('end', () => (response.statusCode === 201 ? resolve(text) : reject(new Error(`${response.statusCode} ${text}`))));
        response.once('close', () => reject(new Error('cut off')));
      });
    });
    call.end(body);
    const taken = answer.then(
      (text) => {
        const { id } = JSON.parse(text) as TaskOut;
        assert.equal(this.acknowledged.get(externalId) ?? id, id);
        this.acknowledged.set(externalId, id);
      },
      (error: Error) => {
        assert.doesNotMatch(error.message, /^\d/, 'the tower refused a task');
        this.unanswered.push(asked);
      },
    );
    return { sent, answer: taken };
  }

  private async before(agent: PersistentAgent, work: Work, n: number): Promise<void> {
    await wait(10 + this.random(60));
    const key = `${work.taskId}/${work.attempt}`;
    if (n === RESULT) this.sentResults.add(key);
    if (n !== EVIDENCE_BEFORE) return;
    const bytes = Buffer.from(`Proof of ${key}.\n`.repeat(1000));
    const response = await fetch(`${agent.url}/api/tasks/${work.taskId}/evidence?kind=text&name=proof`, {
      method: 'POST',
      headers: { authorization: `Bearer ${work.token}`, 'content-type': 'text/plain', 'idempotency-key': `proof-${key}` },
      body: bytes,
    });
    const answer = (await response.json()) as { evidenceId: string };
    if (response.status !== 201) throw new Error(JSON.stringify(answer));
    if (this.evidence.has(answer.evidenceId)) return;
    this.evidence.set(answer.evidenceId, { taskId: work.taskId, sha256: createHash('sha256').update(bytes).digest('hex') });
    this.fresh.evidence.add(answer.evidenceId);
  }

  private reported(work: Work, n: number): void {
    const key = `${work.taskId}/${work.attempt}`;
    this.fresh.attempts.add(key);
    if (n === RESULT) this.results.add(key);
    else this.lines.set(key, [...(this.lines.get(key) ?? []), `${key} line ${n}`]);
  }

  /** The attempts that children of the managed agent began and finished, as they noted it themselves. */
  private noted(): { started: string[]; ended: string[]; pids: Map<string, number> } {
    const rows = readFileSync(this.starts, 'utf8')
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((row) => row.split(' '));
    const of = (word: string): string[] => rows.flatMap(([what, key = '']) => (what === word ? [key] : []));
    return { started: of('start'), ended: of('end'), pids: new Map(rows.map(([, key = '', pid]) => [key, Number(pid)])) };
  }

  private children(): number[] {
    const { started, ended, pids } = this.noted();
    return started.filter((key) => !ended.includes(key)).map((key) => pids.get(key) ?? 0);
  }

  private checkStarts(): void {
    const begun = [...this.noted().started, ...this.agents.flatMap((agent) => agent.begun)];
    assert.deepEqual(
      begun.filter((key, index) => begun.indexOf(key) !== index),
      [],
      'an attempt ran twice',
    );
  }

  private async tasks(): Promise<Map<string, TaskOut>> {
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
    const lost = [...this.begunBefore].filter((key) => key.endsWith('/1') && !this.results.has(key));
    const tasks = await until('the attempts that were cut off to end', async () => {
      const now = await this.tasks();
      const byId = new Map([...now.values()].map((task) => [task.id, task]));
      return lost.every((key) => byId.get(key.split('/')[0] ?? '')?.status !== 'running') ? now : undefined;
    });
    const byId = new Map([...tasks.values()].map((task) => [task.id, task]));
    for (const [externalId, id] of this.acknowledged) assert.equal(tasks.get(externalId)?.id, id, `${externalId} is gone`);
    for (const key of this.results) assert.equal(byId.get(key.split('/')[0] ?? '')?.status, 'completed', `${key} was acknowledged as done`);
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

  private async checkTexts(attempts: string[], evidenceIds: string[]): Promise<void> {
    for (const key of attempts) {
      const [taskId = '', attempt = ''] = key.split('/');
      const { body } = await this.tower.ask('GET', `/api/logs?task=${taskId}&attempt=${attempt}&limit=5000`);
      const texts = (body.lines as { text: string }[]).map(({ text }) => text);
      for (const line of this.lines.get(key) ?? [])
        assert.equal(texts.filter((text) => text === line).length, 1, `"${line}" in ${texts.join()}`);
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
      assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256, `the bytes of evidence ${id}`);
    }
  }

  private async allAre(...statuses: string[]): Promise<void> {
    await until(
      `every task to be ${statuses.join(' or ')}`,
      async () => [...(await this.tasks()).values()].every(({ status }) => statuses.includes(status)),
      30_000,
    );
  }
}

function reportsOf({ taskId, attempt }: Assigned): Record<string, unknown>[] {
  const log = (n: number): Record<string, unknown> => ({ type: 'log', lines: [{ text: `${taskId}/${attempt} line ${n}` }] });
  return [log(0), log(1), log(2), log(3), { type: 'result', result: `Done ${taskId}.` }];
}
