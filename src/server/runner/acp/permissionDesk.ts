import type { RequestPermissionResponse } from '@agentclientprotocol/sdk';
import { errorText } from '../../base/errors';
import type { WorkContext } from '../driver';
import { optionOf, ownCallOption, questionOf, Remembered } from './permissions';
import type { PermissionOption, PermissionRequest } from './schema';
import { titleOf, type ToolCall } from './toolCalls';
import type { Updates } from './updates';

/** Requests that may wait for a person; one more is turned down. */
const MAX_WAITING = 50;
const CANCELLED: RequestPermissionResponse = { outcome: { outcome: 'cancelled' } };

/** Answers what an agent asks permission for: a person does, one question at a time. */
export class PermissionDesk {
  /** True when the tower's own tools were given to the session. */
  hasOwnServer = false;
  /** True for an agent whose titles are names of tools, never words of its model. */
  titlesAreNames = false;
  private readonly remembered = new Remembered();
  private queue: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  private asked = 0;
  private isOver = false;
  private readonly over: Promise<undefined>;
  private end: () => void = () => undefined;

  constructor(
    private readonly context: Pick<WorkContext, 'agent' | 'ask'>,
    private readonly updates: Updates,
  ) {
    this.over = new Promise((resolve) => (this.end = () => resolve(undefined)));
  }

  async answer({ toolCall, options }: PermissionRequest): Promise<RequestPermissionResponse> {
    this.updates.transcript.breakOff();
    this.updates.changes.take(toolCall);
    const call = this.updates.calls.take(toolCall);
    const own = this.hasOwnServer ? ownCallOption(call, options, this.titlesAreNames) : undefined;
    if (own) return this.settle(call, own, 'Allowed, a tool of Tasktower');
    if (this.waiting >= MAX_WAITING) return this.settle(call, undefined, 'Turned down, too many questions at once');
    this.waiting++;
    const answered = this.queue.then(() => this.ask(call, options)).finally(() => this.waiting--);
    this.queue = answered;
    return Promise.race([answered, this.over.then(() => CANCELLED)]);
  }

  /** Every open request is answered as cancelled, as the protocol wants it. */
  close(): void {
    this.isOver = true;
    this.end();
  }

  private async ask(call: ToolCall, options: readonly PermissionOption[]): Promise<RequestPermissionResponse> {
    if (this.isOver) return CANCELLED;
    const chosen = this.remembered.choose(call, options);
    if (chosen) return this.settle(call, chosen, 'Answered as before');
    const { name } = this.context.agent;
    const question = questionOf(`permission-${++this.asked}-${call.id}`, name, call, options);
    try {
      const answer = await Promise.race([this.context.ask(question), this.over]);
      if (!answer) return CANCELLED;
      const option = optionOf(answer, options);
      if (option) this.remembered.learn(call, option);
      return this.settle(call, option, 'Answered');
    } catch (error) {
      return this.settle(call, undefined, `Not answered (${errorText(error)})`);
    }
  }

  private settle(call: ToolCall, option: PermissionOption | undefined, how: string): RequestPermissionResponse {
    if (!option?.kind.startsWith('allow')) this.updates.changes.drop(call.id);
    this.updates.log('info', `${how}: ${titleOf(call)}${option ? ` → ${option.name}` : ''}`);
    return option ? { outcome: { outcome: 'selected', optionId: option.optionId } } : CANCELLED;
  }
}
