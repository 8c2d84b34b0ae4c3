import assert from 'node:assert/strict';
import { AgentConfig } from '../../../src/server/domain/agent';
import { rest, RpcSocket } from '../../support/towerClient';
import { addTeam, peopleOf, signIn, teamDoor } from '../../support/team';
import { problem, Stand } from '../gateway/stand';

describe('a person of a team', () => {
  let stand: Stand;
  const tokens: Record<string, string> = {};
  before(async () => {
    stand = await Stand.open({
      agents: [AgentConfig.parse({ name: 'Coder', command: ['coder', '{prompt}'], autoStart: false })],
      door: async (storage) => {
        await addTeam(storage);
        return teamDoor(peopleOf(storage));
      },
    });
    for (const name of ['vera', 'oskar', 'anna']) tokens[name] = (await signIn(stand.url, name)).access;
  });
  after(() => stand.close());

  const as = (name: string, method: string, path: string, body?: unknown) => rest(stand.url, tokens[name] ?? '', method, path, body);

  it('is named in what they do', async () => {
    const { body } = await as('oskar', 'POST', '/api/tasks', { title: 'By name', skills: ['none'] });
    const task = stand.task(String(body.id));
    assert.deepEqual(task.createdBy, { kind: 'person', name: 'oskar', role: 'operator' });
    await as('anna', 'DELETE', `/api/tasks/${task.id}`);
    const { events } = await stand.tower.query({ type: 'TaskDetails', taskId: task.id });
    const by = events.find(({ event }) => event.type === 'TaskCancelled')?.by;
    assert.equal(by, 'anna');
  });

  it('who only views looks, and does nothing by any door', async () => {
    const task = await stand.create('Stays', { skills: ['none'] });
    const { seq } = stand.tower.board;
    assert.equal((await as('vera', 'GET', '/api/tasks')).status, 200);
    assert.equal((await as('vera', 'GET', `/api/tasks/${task.id}`)).status, 200);
    for (const [method, path, body] of [
      ['DELETE', `/api/tasks/${task.id}`],
      ['POST', '/api/tasks', { title: 'x' }],
      ['PATCH', `/api/tasks/${task.id}`, { title: 'x' }],
      ['POST', `/api/tasks/${task.id}/start-now`, {}],
      ['POST', `/api/tasks/${task.id}/progress`, { progress: 0.5 }],
      ['POST', `/api/tasks/${task.id}/logs`, { lines: ['x'] }],
      ['POST', '/api/tasks/claim', { agent: 'vera' }],
      ['POST', '/api/queue/pause', {}],
      ['POST', '/api/agents/coder/start', {}],
      ['POST', '/api/hooks/claude', {}],
      ['POST', '/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/list' }],
    ] as const)
      problem(await as('vera', method, path, body), 403, /viewer may only look .*operator/);
    const board = await RpcSocket.open(stand.url, '/board', tokens.vera ?? '');
    await board.ask('board/hello', { protocol: 1 });
    const cancel = { id: '1', command: { type: 'CancelTask', taskId: task.id } };
    await assert.rejects(board.ask('command', cancel), /viewer may only look/);
    await assert.rejects(RpcSocket.open(stand.url, '/agent', tokens.vera ?? ''), /403/);
    board.close();
    assert.equal(stand.tower.board.seq, seq);
    assert.equal(stand.task(task.id).status, 'pending');
  });

  it('who operates cancels any task, edits their own alone, and starts no agents', async () => {
    const theirs = await as('anna', 'POST', '/api/tasks', { title: "Anna's", skills: ['none'] });
    const own = await as('oskar', 'POST', '/api/tasks', { title: "Oskar's", skills: ['none'] });
    problem(
      await as('oskar', 'PATCH', `/api/tasks/${String(theirs.body.id)}`, { title: 'x' }),
      403,
      /belongs to anna\. Ask them or an admin/,
    );
    assert.equal((await as('oskar', 'PATCH', `/api/tasks/${String(own.body.id)}`, { title: 'Mine' })).status, 200);
    assert.equal((await as('oskar', 'DELETE', `/api/tasks/${String(theirs.body.id)}`)).status, 200);
    assert.equal(stand.task(String(theirs.body.id)).status, 'cancelled');
    problem(await as('oskar', 'POST', `/api/tasks/${String(theirs.body.id)}/purge`, {}), 403, /belongs to anna/);
    problem(await as('oskar', 'POST', '/api/agents/coder/start', {}), 403, /takes an admin/);
    problem(await as('oskar', 'POST', '/api/agents/stop', {}), 403, /takes an admin/);
  });

  it('who administers starts and stops agents', async () => {
    assert.equal((await as('anna', 'POST', '/api/agents/coder/start', {})).status, 200);
    assert.equal(stand.tower.board.agents.get('coder')?.wanted, 'started');
    assert.equal((await as('anna', 'POST', '/api/agents/coder/stop', {})).status, 200);
    assert.equal(stand.tower.board.agents.get('coder')?.wanted, 'stopped');
  });

  it('downloads evidence when the tower lets their role', async () => {
    const task = await stand.create('With proof', { skills: ['none'] });
    problem(await as('vera', 'GET', `/api/evidence/${task.id}/bundle.zip`), 403, /may not open evidence/);
    const bundle = await fetch(`${stand.url}/api/evidence/${task.id}/bundle.zip`, { headers: { authorization: `Bearer ${tokens.oskar}` } });
    assert.equal(bundle.status, 200);
    assert.equal((await bundle.arrayBuffer()).byteLength > 100, true);
  });

  it('repeats nobody else’s command by its id', async () => {
    const create = (title: string) => ({ id: 'same', command: { type: 'CreateTask', spec: { title, skills: ['none'] } } });
    const answers: { taskId: string }[] = [];
    for (const name of ['oskar', 'anna', 'oskar']) {
      const board = await RpcSocket.open(stand.url, '/board', tokens[name] ?? '');
      const answer: unknown = await board.ask('command', create(`For ${name}`));
      answers.push(answer as { taskId: string });
      board.close();
    }
    assert.equal(answers[0]?.taskId, answers[2]?.taskId);
    assert.notEqual(answers[0]?.taskId, answers[1]?.taskId);
  });
});
