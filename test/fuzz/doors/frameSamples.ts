/** What an agent was given to work on, and the number of its next report. */
export interface Given {
  taskId: string;
  attempt: number;
  seq: number;
  name: string;
}
type Sample = readonly [method: string, params: unknown];

/** A report ends its attempt once so many stand before it, so that no task grows without end. */
const LAST = 200;

/** Frames of an agent, each as it should be. */
export function agentFrames({ taskId, attempt, seq, name }: Given): Sample[] {
  const event = (event: unknown, numbered = true): Sample => ['task/event', { taskId, attempt, ...(numbered ? { seq } : {}), event }];
  if (seq > LAST) return [event({ type: 'result', result: 'Done.' })];
  const usage = { inputTokens: 10, outputTokens: 5, model: 'kimi-k2', costUsd: 0.01 };
  return [
    event({ type: 'progress', progress: 0.5, step: 'half' }, false),
    event({ type: 'progress', progress: 1, step: 'all' }),
    event({
      type: 'log',
      lines: [
        { text: 'a line', level: 'info', at: 1795426233674 },
        { text: '\u001b[31mred', level: 'error' },
      ],
    }),
    event({ type: 'message', text: 'What I think.' }),
    event({
      type: 'plan',
      entries: [
        { text: 'first', status: 'completed' },
        { text: 'second', status: 'pending' },
      ],
    }),
    event({ type: 'tool', name: 'shell', status: 'completed', detail: 'ls' }),
    event({ type: 'usage', usage }),
    event({ type: 'session', id: 's-1' }),
    event({ type: 'error', kind: 'limit', message: 'No quota.', retryAt: '2026-01-01T00:00:00Z', usage }),
    event({ type: 'cancelled' }),
    ['task/input', { taskId, attempt, question: { id: 'q1', text: 'May I?', options: [{ id: 'y', label: 'Yes' }] } }],
    ['agent/status', { status: 'ready', message: 'well' }],
    ['agent/status', { status: 'error', message: 'not well' }],
    ['agent/hello', { protocol: 1, name, skills: ['web'], capacity: 2, resume: [{ taskId, attempt }] }],
    ['runner/hello', { protocol: 1, process: { pid: 1, startTime: 'x' } }],
  ];
}

/** Frames of a viewer, each as it should be. Searching is dear, so most are something else. */
export function boardFrames({ taskId }: Given): Sample[] {
  const command = (command: unknown): Sample => ['command', { id: `c${Math.trunc(performance.now())}`, command }];
  const query = (query: unknown): Sample => ['query', { query }];
  const cheap: Sample[] = [
    ['board/hello', { protocol: 1, role: 'viewer', seq: 5 }],
    ['logs/subscribe', { filter: { level: 'warn', text: 'x', limit: 10 } }],
    ['logs/unsubscribe', {}],
    command({ type: 'CancelTask', taskId: '#1', reason: 'no' }),
    command({ type: 'EditTask', taskId, patch: { title: 'other', priority: 'low', after: ['#1'] } }),
    command({ type: 'RetryTask', taskId: '#1', note: 'again', agent: null }),
    command({ type: 'ReorderTask', taskId: '#1', before: '#2', priority: 'high' }),
    command({ type: 'StartNow', taskId: '#2' }),
    command({ type: 'AnswerInput', taskId, answer: 'Yes', optionId: 'y' }),
    command({ type: 'SendMessage', taskId, text: 'Hello' }),
    command({ type: 'SignOff', taskId, verdict: 'accepted', note: 'good' }),
    command({ type: 'JudgeEvidence', taskId, attempt: 1, evidenceIds: ['x'], verdict: 'rejected', note: 'no' }),
    command({ type: 'PauseQueue', when: 'afterCurrent' }),
    command({ type: 'Tick' }),
  ];
  const dear: Sample[] = [
    command({
      type: 'CreateTask',
      spec: { title: 'Fuzz', prompt: 'p', skills: ['nobody'], requires: ['tests:pass'], limits: { attempts: 2 } },
    }),
    query({ type: 'Tasks', filter: { status: ['pending'], text: 'x', limit: 5, order: 'newest', cursor: '7' } }),
    query({ type: 'TaskDetails', taskId }),
    query({ type: 'Evidence', taskId }),
    query({ type: 'Activity', limit: 10 }),
    query({ type: 'Outcomes', days: 7 }),
    query({ type: 'Estimates' }),
    query({ type: 'Analytics', filter: { from: 1795426233674, to: 1795526233674, by: 'day' } }),
    query({ type: 'LogPage', scope: { taskIds: [taskId], level: 'warn' }, place: `1.${taskId}.1.0`, direction: 'around', limit: 5 }),
    query({ type: 'LogSearch', scope: { taskIds: [taskId] }, match: { text: 'a', regex: false }, limit: 5, stopEarly: true }),
    query({ type: 'Logs', filter: { taskId, limit: 10 } }),
  ];
  return [...Array.from({ length: 20 }, () => cheap).flat(), ...dear];
}
