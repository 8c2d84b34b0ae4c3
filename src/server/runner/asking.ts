import { NoAnswer } from '../base/errors';
import { deferred, type Deferred } from '../base/deferred';
import type { Disposable } from '../base/disposables';
import type { JsonRpcSocket } from '../base/jsonRpcSocket';
import type { Question } from '../domain/task';
import { InputResult } from '../protocol/agent';

/** What one attempt asks a person: asked again on each new connection until it is answered. */
export class Asking implements Disposable {
  private readonly open = new Map<string, { question: Question; answer: Deferred<InputResult> }>();
  private link: JsonRpcSocket | undefined;
  private ended = false;

  constructor(private readonly ref: { taskId: string; attempt: number }) {}

  /** @throws when the attempt ends before an answer comes, or the tower does not take the question. */
  ask(question: Question): Promise<InputResult> {
    if (this.ended) return Promise.reject(new Error('The attempt has ended.'));
    const answer = deferred<InputResult>();
    this.open.set(question.id, { question, answer });
    void this.send(question.id);
    return answer.promise;
  }

  connect(link: JsonRpcSocket): void {
    this.link = link;
    for (const id of this.open.keys()) void this.send(id);
  }

  disconnect(): void {
    this.link = undefined;
  }

  private async send(id: string): Promise<void> {
    const asked = this.open.get(id);
    const { link } = this;
    if (!asked || !link) return;
    try {
      const answer = InputResult.parse(await link.request('task/input', { ...this.ref, question: asked.question }));
      asked.answer.resolve(answer);
    } catch (error) {
      // The connection went; the next one asks again.
      if (error instanceof NoAnswer) return;
      asked.answer.reject(error);
    }
    this.open.delete(id);
  }

  dispose(): void {
    this.ended = true;
    for (const { answer } of this.open.values()) answer.reject(new Error('The attempt has ended.'));
    this.open.clear();
  }
}
