import { Agent, request, type IncomingMessage } from 'node:http';
import { corpus } from '../target';
import type { Mutator } from '../mutator';
import type { FuzzedTower } from './fuzzedTower';

const AT_ONCE = 48;
const ATTEMPT = '01ARZ3NDEKTSV4RRFFQ69G5FAV';

type Sample = readonly [method: string, path: string, body: unknown];

/** Sends bodies to every route that takes one, nearly right, and counts those that were answered. */
export class BodyFuzz {
  /** Bodies that were answered with something else than "too fast". */
  taken = 0;
  /** How often each status came. */
  readonly statuses = new Map<number, number>();
  /** Errors of the tower's own, each with the request. */
  readonly faults: string[] = [];
  private readonly agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  private readonly tokens: readonly string[];
  private readonly files = [...corpus('pictures'), ...corpus('reports')];
  private turn = 0;
  private taskId = ATTEMPT;

  constructor(
    private readonly tower: FuzzedTower,
    private readonly mutator: Mutator,
  ) {
    this.tokens = [tower.keys.person, tower.keys.client, ...tower.agents.map(({ token }) => token)];
  }

  async run(goesOn: () => boolean): Promise<void> {
    const one = async (): Promise<void> => {
      while (goesOn()) await this.send();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
    this.agent.destroy();
  }

  private async send(): Promise<void> {
    const { mutator } = this;
    const [method, path, sample] = mutator.pick(samples(this.taskId));
    const isBytes = path.includes('/evidence?');
    const body = isBytes
      ? mutator.bytes(mutator.pick(this.files))
      : Buffer.from(mutator.rarely(8) ? JSON.stringify(sample) : mutator.jsonText(JSON.stringify(sample)));
    const address = mutator.rarely(12)
      ? `/api/${encodeURI(Buffer.from(mutator.text(path.slice(5))).toString()).replace(/[^\x21-\x7e]/g, '')}`
      : path;
    const token = this.tokens[this.turn++ % this.tokens.length] ?? '';
    const type = isBytes ? mutator.pick(['image/png', 'image/jpeg', 'application/json', 'text/xml', 'x']) : 'application/json';
    const { status, text } = await this.ask(method, address, body, token, type);
    if (status === 429) return;
    this.taken++;
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    if (status >= 500 && status !== 503 && status !== 507)
      this.faults.push(`${status} ${method} ${address} ${body.toString().slice(0, 500)}: ${text}`);
    if (status === 201 && path === '/api/tasks') this.taskId = /"id":"(\w{26})"/.exec(text)?.[1] ?? this.taskId;
  }

  private async ask(method: string, path: string, body: Buffer, token: string, type: string): Promise<{ status: number; text: string }> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': type, 'content-length': body.length };
    const { port } = new URL(this.tower.url);
    for (let tries = 0; ; tries++) {
      try {
        const response = await new Promise<IncomingMessage>((resolve, reject) =>
          request({ host: '127.0.0.1', port, method, path, headers, agent: this.agent, timeout: 600_000 }, resolve)
            .on('error', reject)
            .end(body),
        );
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8', 0, 2000) };
      } catch (error) {
        // A kept connection may be closed just as it is used again.
        this.tower.mustLive();
        if (tries === 5) throw error;
      }
    }
  }
}

function samples(taskId: string): Sample[] {
  const on = (verb: string): string => `/api/tasks/${taskId}/${verb}`;
  const usage = { inputTokens: 10, outputTokens: 5, model: 'kimi-k2' };
  const report = { attempt: 1, agent: 'Fuzz 0' };
  return [
    [
      'POST',
      '/api/tasks',
      { title: 'Fuzz', description: 'a\nb', status: 'running', priority: 'low', leaseMs: 60_000, requires: ['signoff'] },
    ],
    ['PATCH', `/api/tasks/${taskId}`, { title: 'Other', before: null, after: ['#1'], limits: { attempts: 3 } }],
    ['POST', on('retry'), { note: 'again', agent: null }],
    ['POST', on('answer'), { answer: 'yes', optionId: 'y', questionId: 'q1' }],
    ['POST', on('message'), { text: 'Hello' }],
    ['POST', on('signoff'), { verdict: 'rejected', note: 'no' }],
    ['POST', on('progress'), { ...report, progress: 0.5, step: 'half' }],
    ['POST', on('progress'), { progress: 1, step: 'all' }],
    ['POST', on('logs'), { ...report, lines: ['one', { text: 'two', level: 'warn', at: 1795426233674 }] }],
    ['POST', on('usage'), { ...report, ...usage }],
    ['POST', on('result'), { ...report, result: { a: 1 }, usage, evidence: [{ kind: 'text', name: 'n', text: 'x' }] }],
    ['POST', on('error'), { ...report, error: 'broke', kind: 'limit', retryAt: '2026-01-01T00:00:00Z' }],
    ['POST', on('evidence?kind=metrics&name=m'), { metrics: [{ category: 'performance', name: 'score', value: 98 }] }],
    ['POST', on('evidence?kind=screenshot&name=s&viewport=10x10'), {}],
    ['POST', on('evidence?kind=report&name=r'), {}],
    ['POST', `/api/evidence/${taskId}/x/reject`, { note: 'no' }],
    ['POST', '/api/tasks/claim', { agent: 'Fuzz 0', skills: ['nobody'], capacity: 1, waitMs: 0 }],
    ['POST', '/api/queue/pause', { when: 'now' }],
    ['POST', '/api/queue/resume', {}],
    ['POST', '/api/hooks/claude', { session_id: 's1', hook_event_name: 'UserPromptSubmit', cwd: '/tmp', prompt: 'Do it.' }],
    ['POST', '/api/hooks/kimi', { session_id: 's2', hook_event_name: 'PostToolUse', tool_name: 'Bash', tool_input: { command: 'ls' } }],
    [
      'POST',
      '/mcp',
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'report_progress', arguments: { taskId, progress: 0.5 } } },
    ],
    ['POST', '/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'list_tasks', arguments: { limit: 3, text: 'x' } } }],
  ];
}
