import { deferred, type Deferred } from '../base/deferred';
import type { Disposable } from '../base/disposables';
import type { TowerEvent } from '../domain/event';
import type { Tower } from '../domain/ports';
import { Refusal } from '../domain/refusal';
import type { Actor, Question } from '../domain/task';

type Given = Extract<TowerEvent, { type: 'InputAnswered' }>;

/** What one agent asks people, each answered once. */
export class Questions implements Disposable {
  private readonly waiting = new Map<string, Deferred<object>>();
  private readonly subscription: Disposable;

  constructor(private readonly tower: Tower) {
    this.subscription = tower.onDidCommit((records) => {
      if (this.waiting.size === 0) return;
      for (const { events } of records) for (const event of events) this.look(event);
    });
  }

  /** Resolves with a person's answer; at once when it was given while the agent was away. @throws {Refusal} when the attempt ends first. */
  async ask(taskId: string, attempt: number, question: Question, by: Actor): Promise<object> {
    const key = keyOf(taskId, attempt, question.id);
    const before = this.waiting.get(key);
    if (before) return before.promise;
    const answer = deferred<object>();
    // The attempt may end before anyone waits for it: while an earlier answer is looked for, or as the question is written.
    answer.promise.catch(() => undefined);
    this.waiting.set(key, answer);
    try {
      const given = await this.given(taskId, attempt, question.id, by);
      if (given) {
        this.waiting.delete(key);
        answer.resolve(outOf(given));
      }
      // The answer, or the end, may have come while an earlier answer was looked for.
      else if (this.waiting.has(key)) await this.tower.execute({ type: 'AskInput', taskId, attempt, question }, by);
    } catch (error) {
      this.waiting.delete(key);
      answer.reject(error);
    }
    return answer.promise;
  }

  private async given(taskId: string, attempt: number, questionId: string, by: Actor): Promise<Given | undefined> {
    // A question of someone else's is for the rules to refuse.
    if (this.tower.board.tasks.get(taskId)?.attempts[attempt - 1]?.agentId !== by.name) return undefined;
    const { events } = await this.tower.query({ type: 'TaskDetails', taskId });
    const isAnswer = (event: TowerEvent): event is Given =>
      event.type === 'InputAnswered' && event.attempt === attempt && event.questionId === questionId;
    return events.map(({ event }) => event).find(isAnswer);
  }

  private look(event: TowerEvent): void {
    if (event.type === 'InputAnswered') {
      const key = keyOf(event.taskId, event.attempt, event.questionId);
      this.waiting.get(key)?.resolve(outOf(event));
      this.waiting.delete(key);
    } else if (event.type === 'AttemptEnded' || event.type === 'CancelAsked') {
      for (const [key, answer] of this.waiting) {
        if (!key.startsWith(keyOf(event.taskId, event.attempt, ''))) continue;
        this.waiting.delete(key);
        answer.reject(new Refusal('conflict', 'The attempt ended before an answer came. Stop working on it.'));
      }
    }
  }

  dispose(): void {
    this.subscription.dispose();
    this.waiting.clear();
  }
}

function keyOf(taskId: string, attempt: number, questionId: string): string {
  return `${taskId}/${attempt}/${questionId}`;
}

function outOf({ answer, optionId }: Given): object {
  return { answer, ...(optionId === undefined ? {} : { optionId }) };
}
