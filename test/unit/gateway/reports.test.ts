import assert from 'node:assert/strict';
import { join } from 'node:path';
import { systemClock } from '../../../src/server/base/clock';
import { PullClaims } from '../../../src/server/dispatch/claims';
import { FileKeys } from '../../../src/server/gateway/keys';
import { rest } from '../../support/towerClient';
import { until } from '../../support/until';
import { person, PNG, problem, Stand, type Reply } from './stand';

describe('reporting over HTTP', () => {
  let stand: Stand;
  beforeEach(async () => (stand = await Stand.open()));
  afterEach(() => stand.close());

  it('gives no work to an agent that hung up while it waited for some', async () => {
    const claims = new PullClaims(stand.tower, 60_000, systemClock);
    await stand.tower.execute({ type: 'RegisterAgent', profile: { name: 'Waiter' } }, { kind: 'client', name: 'client' });
    const gone = new AbortController();
    const asked = claims.claim('waiter', 30_000, 60_000, gone.signal);
    gone.abort();
    const { id } = await stand.create('Work', { agent: 'Waiter' });
    assert.deepEqual(await asked, { reason: 'no_tasks_available' });
    assert.equal(stand.task(id).status, 'pending');
  });

  it("takes the plan's four reporting calls", async () => {
    const start = await stand.call('POST', '/api/tasks', { description: 'Nightly audit', agent: 'CLAWS', status: 'running' });
    assert.equal(start.status, 201);
    assert.equal(start.body.status, 'running');
    assert.equal(start.body.agent, 'CLAWS');
    const path = `/api/tasks/${String(start.body.id)}`;
    assert.deepEqual((await stand.call('POST', `${path}/progress`, { progress: 0.65, step: 'looking' })).body, {
      ackSeq: 0,
      cancel: false,
    });
    assert.equal((await stand.call('GET', path)).body.progress, 0.65);
    problem(await stand.call('POST', `${path}/progress`, { progress: 7 }), 400, /progress/);
    assert.deepEqual(
      (await stand.call('POST', `${path}/logs`, { lines: ['plain', { text: 'warned', level: 'warn' }] })).body.cancel,
      false,
    );
    const end = await stand.call('POST', `${path}/result`, {
      result: { pages: 3 },
      evidence: [
        { kind: 'text', name: 'notes', text: 'all fine' },
        { kind: 'screenshot', name: 'home', dataBase64: PNG.toString('base64') },
      ],
    });
    assert.equal(end.status, 200, JSON.stringify(end.body));
    const body = await until('the pictures to be checked', async () => {
      const { body: task } = await stand.call('GET', path);
      return task.status === 'completed' ? task : undefined;
    });
    assert.deepEqual(JSON.parse(String(body.result)), { pages: 3 });
    const { evidence } = (await stand.call('GET', `/api/evidence/${String(start.body.id)}`)).body as {
      evidence: { name: string; mime: string }[];
    };
    assert.deepEqual(
      evidence.map(({ name, mime }) => [name, mime]),
      [
        ['notes', 'text/plain'],
        ['home', 'image/png'],
      ],
    );

    const other = await stand.call('POST', '/api/tasks', { title: 'Broken', status: 'in_progress' });
    await stand.call('POST', `/api/tasks/${String(other.body.id)}/error`, { error: 'It broke.' });
    assert.deepEqual((await stand.call('GET', `/api/tasks/${String(other.body.id)}`)).body.error, {
      kind: 'agent_error',
      message: 'It broke.',
    });
  });

  it('says cancel to whoever reports on a task that a person cancelled', async () => {
    const { body } = await stand.call('POST', '/api/tasks', { title: 'Long', status: 'running', agent: 'CLAWS' });
    await stand.tower.execute({ type: 'CancelTask', taskId: String(body.id) }, person);
    assert.equal((await stand.call('POST', '/api/tasks/1/progress', { progress: 0.2 })).body.cancel, true);
    assert.equal((await stand.call('POST', '/api/tasks/1/cancelled', {})).body.cancel, true);
    assert.equal(stand.task(String(body.id)).status, 'cancelled');
  });

  it('renews the lease of a reported task with each call, and keeps a result that comes after it was lost', async () => {
    const { body } = await stand.call('POST', '/api/tasks', { title: 'Slow', status: 'running', leaseMs: 1000 });
    const id = String(body.id);
    const from = performance.now();
    await until('twice the lease to pass', async () => {
      assert.equal((await stand.call('POST', `/api/tasks/${id}/progress`, {})).status, 200);
      return performance.now() - from > 2000;
    });
    await until('the lease to end', () => stand.task(id).status === 'failed');
    assert.equal(stand.task(id).error?.kind, 'lost_contact');
    const late = await stand.call('POST', `/api/tasks/${id}/result`, {
      result: 'late',
      evidence: [{ kind: 'text', name: 'n', text: 't' }],
    });
    assert.equal(late.status, 200, JSON.stringify(late.body));
    assert.equal(stand.task(id).attempts[0]?.lateResult, true);
    assert.equal(stand.task(id).status, 'failed');
  });

  it('renews no lease for another agent that looks, nor for an attempt that has ended', async () => {
    const { id } = await stand.create('Shared');
    const claim = async (agent: string): Promise<string> => {
      const { assignment } = (await stand.call('POST', '/api/tasks/claim', { agent, leaseMs: 1000 })).body as {
        assignment: { token: string };
      };
      return assignment.token;
    };
    const first = await claim('First');
    await stand.call('POST', `/api/tasks/${id}/error`, { error: 'It broke.' }, first);
    await stand.tower.execute({ type: 'RetryTask', taskId: id }, person);
    await claim('Second');
    const other = FileKeys.open(join(stand.folder, 'storage')).issue('Other', Date.now());
    await until('the lease to end', async () => {
      assert.equal((await stand.call('GET', `/api/tasks/${id}`, undefined, other)).status, 200);
      assert.equal((await stand.call('POST', `/api/tasks/${id}/progress`, {}, first)).status, 409);
      return stand.task(id).status === 'failed';
    });
    assert.equal(stand.task(id).error?.kind, 'lost_contact');
  });

  it('hands work to an agent that asks, with a token good for that attempt alone', async () => {
    const claim = (body: Record<string, unknown> = {}): Promise<Reply> =>
      stand.call('POST', '/api/tasks/claim', { agent: 'Puller', skills: ['count'], ...body });
    assert.deepEqual((await claim()).body, { reason: 'no_tasks_available' });
    assert.equal(stand.tower.live.agents.get('puller')?.presence, 'pull');
    const waiting = claim({ waitMs: 5000 });
    const task = await stand.create('Count', { skills: ['count'], prompt: 'Count them.' });
    const { assignment } = (await waiting).body as {
      assignment: { taskId: string; attempt: number; prompt: string; token: string; url: string };
    };
    assert.equal(assignment.taskId, task.id);
    assert.equal(assignment.prompt, 'Count them.');
    assert.equal(assignment.url, stand.url);
    const again = (await claim()).body as { reason: string; assignment: { taskId: string } };
    assert.deepEqual([again.reason, again.assignment.taskId], ['continue_current', task.id]);

    const own = (method: string, path: string, body?: unknown): Promise<Reply> => rest(stand.url, assignment.token, method, path, body);
    const other = await stand.create('Other', { skills: ['none'] });
    problem(await own('GET', `/api/tasks/${other.id}`), 403, /good for one attempt/);
    problem(await own('POST', `/api/tasks/${other.id}/result`, {}), 403, /good for one attempt/);
    problem(await own('GET', '/api/tasks'), 403, /good for one attempt/);
    problem(await own('DELETE', `/api/tasks/${task.id}`), 403, /good for one attempt/);
    problem(await own('POST', `/api/tasks/${task.id}/progress`, { attempt: 2 }), 403, /attempt 1 alone/);
    problem(await stand.call('POST', `/api/tasks/${task.id}/progress`, { agent: 'somebody else' }), 403, /another agent/);
    assert.equal((await own('GET', `/api/tasks/${task.id}`)).status, 200);
    assert.equal((await own('POST', `/api/tasks/${task.id}/result`, { result: '3' })).status, 200);
    assert.equal(stand.task(task.id).status, 'completed');
    problem(await own('GET', `/api/tasks/${task.id}`), 409, /has ended/);
    problem(await own('POST', `/api/tasks/${task.id}/logs`, { lines: ['late'] }), 409, /ended/);
  });

  it('says why there is no work', async () => {
    const claim = (agent: string): Promise<Reply> => stand.call('POST', '/api/tasks/claim', { agent });
    await stand.tower.execute({ type: 'PauseQueue' }, person);
    await stand.create();
    assert.deepEqual((await claim('Puller')).body, { reason: 'paused' });
    await stand.agent('socketed');
    problem(await claim('Socketed'), 409, /connected by WebSocket/);
  });

  it('keeps a program off the attempt that an agent does on its socket', async () => {
    const agent = await stand.agent('worker');
    const task = await stand.create();
    await until('the acceptance', () => stand.task(task.id).phase === 'working');
    problem(await stand.call('POST', `/api/tasks/${task.id}/result`, { result: 'stolen' }), 403, /token that came with the assignment/);
    problem(await stand.call('POST', `/api/tasks/${task.id}/evidence?name=x`), 403, /token that came with the assignment/);
    assert.equal(agent.rpc.closed, undefined);
    assert.equal(stand.task(task.id).status, 'running');
  });
});
