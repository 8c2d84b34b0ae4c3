import assert from 'node:assert/strict';
import type { TaskOut } from '../../src/server/protocol/rest';

/** A command as it is sent, and sent again. */
interface Sent {
  method: string;
  path: string;
  body?: unknown;
  key: string;
  /** Its answer, once there is one. */
  answer?: { status: number; id: string | undefined };
}

/** What the tower says when it could not even try. */
const LATER = new Set([429, 500, 503, 507]);

/** A person who sends every command twice, and again whatever was not answered. */
export class Operator {
  /** Ids of tasks by the key of the command that created them. */
  readonly tasks = new Map<string, string>();
  /** Keys of acknowledged commands which must have had exactly one effect. */
  readonly taken = new Set<string>();
  /** Tasks that were asked to be cancelled: another cancel of theirs has no effect. */
  private readonly cancelled = new Set<string>();
  acknowledged = 0;
  private unanswered: Sent[] = [];
  private count = 0;

  constructor(private readonly address: () => { url: string; token: string }) {}

  /** Asks for a task. @returns the key of the command. */
  async create(spec: Record<string, unknown>): Promise<string> {
    const key = `create-${++this.count}`;
    await this.command({ method: 'POST', path: '/api/tasks', body: { ...spec, externalId: key }, key });
    return key;
  }

  async cancel(taskId: string): Promise<void> {
    const again = this.cancelled.has(taskId) ? 'again-' : '';
    this.cancelled.add(taskId);
    await this.command({ method: 'DELETE', path: `/api/tasks/${taskId}`, key: `${again}cancel-${++this.count}` });
  }

  async retry(taskId: string): Promise<void> {
    await this.command({ method: 'POST', path: `/api/tasks/${taskId}/retry`, body: {}, key: `retry-${++this.count}` });
  }

  async edit(taskId: string, patch: Record<string, unknown>): Promise<void> {
    await this.command({ method: 'PATCH', path: `/api/tasks/${taskId}`, body: patch, key: `edit-${++this.count}` });
  }

  async startNow(taskId: string): Promise<void> {
    await this.command({ method: 'POST', path: `/api/tasks/${taskId}/start-now`, key: `now-${++this.count}` });
  }

  get waiting(): number {
    return this.unanswered.length;
  }

  /** Sends again what was not answered. */
  async sendAgain(): Promise<void> {
    for (const sent of this.unanswered.splice(0)) await this.command(sent);
  }

  private async command(sent: Sent): Promise<void> {
    for (let n = 0; n < 2; n++) {
      const answer = await this.send(sent);
      if (answer === undefined) return void this.unanswered.push(sent);
      // What asks for what is so already leaves no record, and is answered by how it is then.
      if (this.taken.has(sent.key)) assert.deepEqual(answer, sent.answer, `${sent.key} was answered in two ways`);
      sent.answer = answer;
      this.take(sent, answer);
    }
  }

  private take({ key, path, method }: Sent, { status, id }: { status: number; id: string | undefined }): void {
    this.acknowledged++;
    if (status >= 400)
      return assert.ok(key.startsWith('create') ? false : status === 409 || status === 404, `${method} ${path}: ${status}`);
    if (key.startsWith('create')) {
      assert.ok(id);
      this.tasks.set(key, id);
    }
    if (/^(create|cancel|retry)/.test(key)) this.taken.add(key);
  }

  /** @returns undefined when nobody knows what became of it. */
  private async send({ method, path, body, key }: Sent): Promise<Sent['answer']> {
    const { url, token } = this.address();
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          'idempotency-key': key,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(5_000),
      });
      const text = await response.text();
      if (LATER.has(response.status)) return undefined;
      return { status: response.status, id: (JSON.parse(text) as Partial<TaskOut>).id };
    } catch {
      return undefined;
    }
  }
}
