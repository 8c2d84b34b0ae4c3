import { activityInfo, ApplicationFailure, CancelledFailure, Context, heartbeat, sleep } from '@temporalio/activity';

/** Where the tower is, and with which token. */
export interface Tower {
  /** Such as `https://tower.example`. */
  url: string;
  token: string;
  /** How often a task is looked at, ms; well below the heartbeat timeout of the Activity. */
  lookEvery?: number;
}

/** What is to be done, as `POST /api/tasks` takes it. */
export interface TaskSpec {
  title: string;
  prompt?: string;
  agent?: string;
  skills?: string[];
  priority?: 'urgent' | 'high' | 'normal' | 'low';
  requires?: string[];
  externalId?: string;
}

/** What came of it. */
export interface TaskResult {
  taskId: string;
  number: number;
  result: string;
}

/** What each heartbeat tells: how far it is, and which task a later try of the Activity goes on with. */
export interface TaskProgress {
  taskId: string;
  status: string;
  /** 0 to 1; null = not known. */
  progress: number | null;
}

interface Task {
  id: string;
  number: number;
  status: string;
  progress: number | null;
  result?: string | null;
  error: { kind: string; message: string } | null;
}

/** The Activities of a tower, to be handed to `Worker.create({ activities: tasktower({ … }) })`. */
export function tasktower({ url, token, lookEvery = 2_000 }: Tower) {
  return {
    /**
     * Runs a task to its end. A try after a crash goes on with the same task; a cancel of the Activity cancels the task.
     * @throws {ApplicationFailure} of type `TaskFailed` or `TaskCancelled`, not retried: the tower has its own retries.
     */
    async runTask(spec: TaskSpec): Promise<TaskResult> {
      const before = activityInfo().heartbeatDetails as TaskProgress | undefined;
      const taskId = before?.taskId ?? (await create(spec)).id;
      try {
        return await follow(taskId);
      } catch (error) {
        if (error instanceof CancelledFailure && nobodyWaits()) await ask('DELETE', `/api/tasks/${taskId}`);
        throw error;
      }
    },
  };

  /** The same Activity makes one task, however often it is tried. A cancel does not interrupt this, else nobody would know the task. */
  function create(spec: TaskSpec): Promise<Task> {
    const { workflowExecution, activityId } = activityInfo();
    return ask('POST', '/api/tasks', { body: spec, key: `temporal-${workflowExecution?.runId ?? ''}-${activityId}` });
  }

  async function follow(taskId: string): Promise<TaskResult> {
    for (;;) {
      const task = await ask('GET', `/api/tasks/${taskId}`, { signal: Context.current().cancellationSignal });
      heartbeat({ taskId, status: task.status, progress: task.progress } satisfies TaskProgress);
      if (task.status === 'completed') return { taskId, number: task.number, result: task.result ?? '' };
      if (task.status === 'failed') throw ended('TaskFailed', task, task.error?.message ?? 'It failed.');
      if (task.status === 'cancelled') throw ended('TaskCancelled', task, 'It was cancelled in the tower.');
      await sleep(lookEvery);
    }
  }

  /** @throws {ApplicationFailure} what the tower refuses; whatever else keeps it from answering is tried again by Temporal. */
  async function ask(
    method: string,
    path: string,
    { body, key, signal }: { body?: unknown; key?: string; signal?: AbortSignal } = {},
  ): Promise<Task> {
    const limit = AbortSignal.timeout(15_000);
    const response = await fetch(`${url}${path}`, {
      method,
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Task & { detail?: string };
    // 409 to a cancel: it has ended already.
    if (response.ok || (method === 'DELETE' && response.status === 409)) return answer;
    const message = `The tower answered ${response.status}: ${answer.detail ?? ''}`;
    const isWrong = response.status >= 400 && response.status < 500 && response.status !== 429;
    throw ApplicationFailure.create({ type: 'TowerRefused', message, nonRetryable: isWrong });
  }
}

/** Whether the Activity is wanted no more; a worker that shuts down or a timeout leaves the task to the next try. */
function nobodyWaits(): boolean {
  const details = Context.current().cancellationDetails;
  return details?.cancelRequested === true || details?.notFound === true;
}

function ended(type: string, { id, number, error }: Task, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message: `#${number}: ${message}`, nonRetryable: true, details: [{ taskId: id, error }] });
}
