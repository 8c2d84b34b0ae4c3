import assert from 'node:assert/strict';
import type { Task } from '../../../src/server/domain/task';
import { person, TowerBench } from '../../support/towerBench';
import { rest } from '../../support/towerClient';
import { until } from '../../support/until';

describe('Hooks of agents started elsewhere', () => {
  let bench: TowerBench;
  beforeEach(async () => {
    bench = new TowerBench();
    await bench.start();
  });
  afterEach(() => bench.close());

  const tell = async (event: string, more: Record<string, unknown> = {}, agent = 'claude'): Promise<Record<string, unknown>> => {
    const body = { hook_event_name: event, session_id: 'session-1', cwd: '/home/me/site', transcript_path: '/x.jsonl', ...more };
    const answer = await rest(bench.url, bench.keys.client, 'POST', `/api/hooks/${agent}`, body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  };
  const tasks = (): Task[] => [...bench.tower.board.tasks.values()];
  const summary = (): string[] => tasks().map(({ title, status }) => `${status} ${title}`);
  const logs = async (): Promise<string[]> => {
    const lines = await bench.tower.query({ type: 'Logs', filter: { limit: 500 } });
    return lines.map(({ text }) => text);
  };

  it('shows a Claude Code session as a running task that is named by its first prompt', async () => {
    await tell('SessionStart', { source: 'startup' });
    assert.deepEqual(summary(), ['running Claude Code in site']);
    await tell('UserPromptSubmit', { prompt: 'Fix the login page\nIt has no labels.' });
    await tell('PreToolUse', { tool_name: 'Bash', tool_input: { command: 'npm test', description: 'Run the tests' } });
    const [task] = tasks();
    assert.deepEqual([task?.title, task?.externalId, task?.folder], ['Fix the login page', 'session-1', '/home/me/site']);
    assert.equal(bench.tower.live.tasks.get(task?.id ?? '')?.step, 'Bash');
    await tell('PostToolUse', { tool_name: 'Bash', tool_input: { command: 'npm test' }, tool_response: { stdout: 'ok' } });
    await tell('Notification', { message: 'Claude needs your permission to use Bash' });
    await tell('Stop', { stop_hook_active: false, last_assistant_message: 'Labels added.' });
    assert.deepEqual(summary(), ['completed Fix the login page']);
    const lines = await logs();
    for (const text of [
      '> Fix the login page',
      'It has no labels.',
      'tool: Bash in_progress: Run the tests',
      'Claude needs your permission to use Bash',
    ])
      assert.ok(lines.includes(text), lines.join('|'));
    const { results } = await bench.tower.query({ type: 'TaskDetails', taskId: task?.id ?? '' });
    assert.equal(results[1], 'Labels added.');
  });

  it('makes a new task of the next prompt of a session', async () => {
    await tell('UserPromptSubmit', { prompt: 'First' });
    await tell('Stop');
    await tell('UserPromptSubmit', { prompt: 'Second' });
    assert.deepEqual(summary(), ['completed First', 'running Second']);
  });

  it('keeps one task for a prompt that comes while the work goes on', async () => {
    await tell('UserPromptSubmit', { prompt: 'First' });
    await tell('UserPromptSubmit', { prompt: 'And the footer too' });
    assert.deepEqual(summary(), ['running First']);
  });

  it('counts a session that ends in mid-work as cancelled, and one that has stopped as it was', async () => {
    await tell('UserPromptSubmit', { prompt: 'First' });
    await tell('SessionEnd', { reason: 'prompt_input_exit' });
    await tell('UserPromptSubmit', { prompt: 'Second' });
    await tell('Stop');
    await tell('SessionEnd', { reason: 'other' });
    assert.deepEqual(summary(), ['cancelled First', 'completed Second']);
  });

  it('shows a Kimi Code session, whose prompt comes in parts, and its failure', async () => {
    await tell('SessionStart', { source: 'resume' }, 'kimi');
    await tell('UserPromptSubmit', { prompt: [{ type: 'text', text: 'Write the docs' }] }, 'kimi');
    await tell('PostToolUseFailure', { tool_name: 'Shell', error: { message: 'exit 1' } }, 'kimi');
    await tell('StopFailure', { error_type: 'APIConnectionError', error_message: 'no network' }, 'kimi');
    assert.deepEqual(summary(), ['failed Write the docs']);
    assert.equal(tasks()[0]?.error?.message, 'APIConnectionError: no network');
    assert.equal(tasks()[0]?.attempts[0]?.agentId, 'kimi-code');
  });

  it('begins one task when the tools of a session start at once', async () => {
    await Promise.all(['Read', 'Grep', 'Glob', 'Bash'].map((name) => tell('PreToolUse', { tool_name: name })));
    assert.equal(tasks().length, 1);
  });

  it('tells Claude Code to stop when a person has cancelled', async () => {
    await tell('UserPromptSubmit', { prompt: 'Delete it all' });
    const [task] = tasks();
    await bench.tower.execute({ type: 'CancelTask', taskId: task?.id ?? '' }, person);
    assert.deepEqual(await tell('PreToolUse', { tool_name: 'Bash' }), { continue: false, stopReason: '#1 was cancelled in Tasktower.' });
    assert.deepEqual(summary(), ['cancelled Delete it all']);
    assert.deepEqual(await tell('Stop'), {});
  });

  it('answers {} to whatever it does not know or cannot read, and shows nothing of it', async () => {
    assert.deepEqual(await tell('WorktreeCreate', { name: 'x' }), {});
    assert.deepEqual(await tell('PostToolUse', { tool_name: 'Bash' }), {});
    assert.deepEqual(await tell('UserPromptSubmit', { session_id: undefined, prompt: 'x' }), {});
    assert.deepEqual(await tell('UserPromptSubmit', { prompt: 'x' }, 'someone'), {});
    const headers = { authorization: `Bearer ${bench.keys.client}` };
    for (const body of ['not JSON', '[1]', '', JSON.stringify({ session_id: 7 }), 'x'.repeat(9_000_000)]) {
      const response = await fetch(`${bench.url}/api/hooks/claude`, { method: 'POST', headers, body });
      assert.deepEqual([response.status, await response.text()], [200, '{}']);
    }
    assert.equal(tasks().length, 0);
  });

  it('takes in a hook with a whole file in it', async () => {
    await tell('PreToolUse', { tool_name: 'Write', tool_input: { file_path: 'a.txt', content: 'x'.repeat(3_000_000) } });
    assert.deepEqual(summary(), ['running Claude Code in site']);
  });

  it('leaves out an agent that the tower itself started', async () => {
    const headers = { authorization: `Bearer ${bench.keys.client}`, 'x-tasktower-task': '01J' };
    const body = JSON.stringify({ hook_event_name: 'UserPromptSubmit', session_id: 's', prompt: 'x' });
    const response = await fetch(`${bench.url}/api/hooks/claude`, { method: 'POST', headers, body });
    assert.equal(response.status, 200);
    assert.equal(tasks().length, 0);
  });

  it('renames only work that is reported: what an agent was given keeps its name', async () => {
    await bench.agent('Busy', () => undefined);
    const id = await bench.create('Given', { agent: 'Busy' });
    await until('work', () => bench.task(id).status === 'running');
    const answer = await rest(bench.url, bench.keys.person, 'PATCH', `/api/tasks/${id}`, { title: 'Other' });
    assert.deepEqual([answer.status, bench.task(id).title], [409, 'Given']);
    await tell('UserPromptSubmit', { prompt: 'First' });
    const reported = tasks().find(({ title }) => title === 'First');
    const more = await rest(bench.url, bench.keys.client, 'PATCH', `/api/tasks/${reported?.id}`, { title: 'Other', priority: 'high' });
    assert.equal(more.status, 409);
  });

  it('does not let a stranger in', async () => {
    assert.equal((await rest(bench.url, 'wrong', 'POST', '/api/hooks/claude', {})).status, 401);
  });
});
