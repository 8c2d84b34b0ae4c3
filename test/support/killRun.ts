import assert from 'node:assert/strict';
import { request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { TaskOut } from '../../src/server/protocol/rest';
import type { HeadlessTower } from './headlessTower';
import { FORGETFUL, KillLedger } from './killLedger';
import { PersistentAgent, type Work } from './persistentAgent';
import { runningOf } from './processTree';
import type { Assigned } from './towerClient';
import { until } from './until';

/** While a child runs, while answers are owed, just after a start, or anywhere. */
export type Moment = 'child' | 'answer' | 'start' | 'any';
const AGENTS = ['Builder', 'First', 'Second', FORGETFUL];
/** The report before which the evidence is handed in, and the last one. */
const EVIDENCE_BEFORE = 2;
const RESULT = 4;

interface Asked {
  externalId: string;
  agent: string;
}

/** Work and agents for a tower that is killed again and again, with a ledger of what it acknowledged. */
export class KillRun {
  killedChildRuns = 0;
  cutOffKills = 0;
  private readonly agents: PersistentAgent[];
  private count = 0;
  private closed = false;
  private unanswered: Asked[] = [];
  private readonly ledger: KillLedger;

  constructor(
    private readonly tower: HeadlessTower,
    starts: string,
    private readonly random: (n: number) => number,
  ) {
    this.ledger = new KillLedger(tower, starts);
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
      await until('a child to run', () => this.ledger.children().length > 0);
    } else if (moment === 'answer') answers = await this.burst(12, this.random(5));
    else if (moment === 'start') {
      await this.tower.kill();
      await this.tower.restart();
      await wait(this.random(300));
    } else await wait(this.random(500));
    const children = this.ledger.children();
    await this.tower.kill();
    await Promise.all(answers);
    if (this.unanswered.length > 0) this.cutOffKills++;
    if (moment === 'child' && runningOf(children).length > 0) this.killedChildRuns++;
    this.ledger.begunBefore = new Set(this.agents.find(({ name }) => name === FORGETFUL)?.begun);
  }

  /** Holds every task, and what was acknowledged since the last look, against the tower. */
  async check(): Promise<void> {
    await this.agentsConnected();
    await this.ledger.check(this.begun());
  }

  /** Lets everything come to its end, with another try for what was lost, and looks at all of it again. */
  async finish(): Promise<void> {
    await this.allAre('completed', 'failed');
    await this.check();
    await this.tower.ask('POST', '/api/tasks/retry-failed', {});
    await this.allAre('completed');
    await this.ledger.check(this.begun(), true);
    const { started, ended } = this.ledger.noted();
    assert.deepEqual(ended.sort(), started.sort(), 'a child did not come to its end');
    assert.equal(this.ledger.tasks.size, this.count);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await Promise.all(this.agents.map((agent) => agent.close()));
  }

  private begun(): string[] {
    return this.agents.flatMap((agent) => agent.begun);
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
        assert.equal(this.ledger.tasks.get(externalId) ?? id, id);
        this.ledger.tasks.set(externalId, id);
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
    if (n === RESULT) this.ledger.sentResults.add(key);
    if (n !== EVIDENCE_BEFORE) return;
    const bytes = Buffer.from(`Proof of ${key}.\n`.repeat(1000));
    const response = await fetch(`${agent.url}/api/tasks/${work.taskId}/evidence?kind=text&name=proof`, {
      method: 'POST',
      headers: { authorization: `Bearer ${work.token}`, 'content-type': 'text/plain', 'idempotency-key': `proof-${key}` },
      body: bytes,
    });
    const answer = (await response.json()) as { evidenceId: string };
    if (response.status !== 201) throw new Error(JSON.stringify(answer));
    this.ledger.addEvidence(answer.evidenceId, work.taskId, bytes);
  }

  private reported(work: Work, n: number): void {
    const key = `${work.taskId}/${work.attempt}`;
    if (n === RESULT) this.ledger.results.add(key);
    else this.ledger.addLine(key, `${key} line ${n}`);
  }

  private async allAre(...statuses: string[]): Promise<void> {
    await until(
      `every task to be ${statuses.join(' or ')}`,
      async () => [...(await this.ledger.listed()).values()].every(({ status }) => statuses.includes(status)),
      30_000,
    );
  }
}

function reportsOf({ taskId, attempt }: Assigned): Record<string, unknown>[] {
  const log = (n: number): Record<string, unknown> => ({ type: 'log', lines: [{ text: `${taskId}/${attempt} line ${n}` }] });
  return [log(0), log(1), log(2), log(3), { type: 'result', result: `Done ${taskId}.` }];
}
