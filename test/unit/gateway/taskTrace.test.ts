import assert from 'node:assert/strict';
import type { Attribute, Span, Trace } from '../../../src/server/gateway/taskTrace';
import { until } from '../../support/until';
import { person, problem, Stand } from './stand';

describe('The trace of a task', () => {
  let stand: Stand;
  before(async () => {
    stand = await Stand.open();
  });
  after(() => stand.close());

  const spansOf = async (id: string): Promise<Span[]> => {
    const { status, body } = await stand.call('GET', `/api/tasks/${id}/trace`);
    assert.equal(status, 200, JSON.stringify(body));
    const [{ resource, scopeSpans }] = (body as unknown as Trace).resourceSpans as [Trace['resourceSpans'][number]];
    assert.deepEqual(resource.attributes, [{ key: 'service.name', value: { stringValue: 'tasktower' } }]);
    return scopeSpans.flatMap(({ spans }) => spans);
  };
  const values = ({ attributes }: Span): Record<string, Attribute['value']> =>
    Object.fromEntries(attributes.map(({ key, value }) => [key, value]));

  it('holds its attempts, with agent, model and tokens under the names of OpenTelemetry', async () => {
    const { id } = await stand.create('Bake bread', { agent: 'Baker', kind: 'bake', limits: { attempts: 1 } });
    assert.deepEqual(await spansOf(id), [], 'nothing has ended');
    const usage = { inputTokens: 1200, outputTokens: 34, cachedTokens: 1000, costUsd: 2, model: 'gpt-5' };
    let tries = 0;
    await stand.agent('Baker', {}, async (agent, task) => {
      await agent.send(task, { type: 'session', id: 'session-7' });
      if (++tries === 1) await agent.send(task, { type: 'error', message: 'The oven is cold.', usage });
      else await agent.send(task, { type: 'result', result: 'Two loaves.' });
    });
    await until('the first end', () => stand.task(id).status === 'failed');
    await stand.tower.execute({ type: 'RetryTask', taskId: id }, person);
    await until('the second end', () => stand.task(id).status === 'completed');

    const [task, first, second] = (await spansOf(id)) as [Span, Span, Span];
    const { createdAt, since, attempts } = stand.task(id);
    assert.deepEqual([task.name, task.kind, task.status, task.parentSpanId], ['invoke_workflow bake', 1, {}, undefined]);
    assert.deepEqual([task.startTimeUnixNano, task.endTimeUnixNano], [`${createdAt}000000`, `${since}000000`]);
    assert.deepEqual(values(task)['tasktower.task.number'], { intValue: '1' });

    assert.deepEqual([first.name, first.kind, first.status], ['invoke_agent Baker', 3, { code: 2, message: 'The oven is cold.' }]);
    assert.equal(first.startTimeUnixNano, `${attempts[0]?.startedAt}000000`);
    const { 'tasktower.task.id': taskId, ...told } = values(first);
    assert.deepEqual(taskId, { stringValue: id });
    assert.deepEqual(told, {
      'gen_ai.operation.name': { stringValue: 'invoke_agent' },
      'gen_ai.provider.name': { stringValue: 'tasktower' },
      'gen_ai.agent.id': { stringValue: 'baker' },
      'gen_ai.agent.name': { stringValue: 'Baker' },
      'gen_ai.conversation.id': { stringValue: 'session-7' },
      'gen_ai.request.model': { stringValue: 'gpt-5' },
      'gen_ai.usage.input_tokens': { intValue: '1200' },
      'gen_ai.usage.output_tokens': { intValue: '34' },
      'gen_ai.usage.cache_read.input_tokens': { intValue: '1000' },
      'error.type': { stringValue: 'agent_error' },
      'tasktower.attempt': { intValue: '1' },
      'tasktower.attempt.outcome': { stringValue: 'failed' },
      'tasktower.cost.usd': { doubleValue: 2 },
      'tasktower.cost.basis': { stringValue: 'reported' },
    });
    assert.deepEqual([second.status, values(second)['tasktower.attempt.outcome']], [{}, { stringValue: 'completed' }]);

    for (const span of [task, first, second]) {
      assert.equal(span.traceId, task.traceId);
      assert.match(span.traceId, /^[0-9a-f]{32}$/);
      assert.match(span.spanId, /^[0-9a-f]{16}$/);
    }
    assert.deepEqual([first.parentSpanId, second.parentSpanId], [task.spanId, task.spanId]);
    assert.equal(new Set([task, first, second].map(({ spanId }) => spanId)).size, 3);
    assert.deepEqual(await spansOf(id), [task, first, second], 'the same each time');
  });

  it('is that of a task that there is', async () => {
    problem(await stand.call('GET', '/api/tasks/99/trace'), 404, /99/);
  });
});
