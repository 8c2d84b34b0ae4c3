import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { removeTempFolders } from '../../support/tempFolder';
import { until } from '../../support/until';
import { SECRET } from '../../support/webhookReceiver';
import { person, type Stand } from '../../unit/gateway/stand';
import { hookStand } from '../../unit/webhooks/hookStand';
import { N8nHost } from './n8nHost';
import { NODES } from './n8nNodes';
import { readWorkflow, type Workflow } from './n8nWorkflow';

describe('The workflows for n8n', () => {
  for (const file of readdirSync('examples/n8n').filter((name) => name.endsWith('.json'))) {
    describe(file, () => {
      const workflow = readWorkflow(file);

      it('uses nodes, versions and parameters that n8n has', () => {
        for (const { name, type, typeVersion, parameters } of workflow.nodes) {
          const facts = NODES[type];
          assert.ok(facts, `${name}: ${type}`);
          assert.ok(facts.versions.includes(typeVersion), `${name}: ${type} ${typeVersion}, see ${facts.source}`);
          for (const [parameter, value] of Object.entries(parameters)) {
            const allowed = facts.parameters[parameter];
            assert.notEqual(allowed, undefined, `${name}: ${parameter}, see ${facts.source}`);
            assert.ok(allowed === null || allowed?.includes(value), `${name}: ${parameter} is ${String(value)}, see ${facts.source}`);
          }
          for (const option of Object.keys(parameters.options ?? {}))
            assert.ok(facts.options?.includes(option), `${name}: ${option}, see ${facts.source}`);
        }
      });

      it('connects nodes that are there, and reaches each of them', () => {
        const names = workflow.nodes.map(({ name }) => name);
        assert.equal(new Set(names).size, names.length);
        const reached = new Set([names[0]]);
        for (const [from, { main }] of Object.entries(workflow.connections)) {
          assert.ok(names.includes(from), from);
          for (const { node, type } of main.flat()) {
            assert.ok(names.includes(node) && type === 'main', node);
            reached.add(node);
          }
        }
        assert.deepEqual([...reached].sort(), [...names].sort());
      });

      it('holds no secret and no credential of somebody', () => {
        for (const node of workflow.nodes) assert.equal(node.credentials, undefined, node.name);
        assert.doesNotMatch(JSON.stringify(workflow), /whsec_|Bearer |password/i);
      });
    });
  }
});

describe('A workflow of n8n', () => {
  let n8n: N8nHost;
  let stand: Stand | undefined;
  const credentials = { httpBearerAuth: { token: '' }, crypto: { hmacSecret: Buffer.from(SECRET.slice(6), 'base64').toString() } };

  afterEach(async () => {
    await stand?.close();
    stand = undefined;
    await n8n.stop();
    removeTempFolders();
  });

  /** A tower that may call n8n. */
  const open = async (more: object = {}): Promise<Stand> => {
    const callbacks = { hosts: [n8n.host], secret: { env: 'HOOK_SECRET' } };
    ({ stand } = await hookStand({
      callbacks,
      allow: { http: [n8n.host], addresses: ['127.0.0.1'] },
      retry: { firstSeconds: 0.1 },
      ...more,
    }));
    credentials.httpBearerAuth.token = stand.keys.client;
    return stand;
  };
  /** `run-a-task.json` with the settings that a person changes. */
  const runATask = (tower: Stand, title: string): Workflow => {
    const workflow = readWorkflow('run-a-task.json');
    const settings = workflow.nodes.find(({ name }) => name === 'Settings');
    assert.ok(settings);
    settings.parameters.jsonOutput = JSON.stringify({ tower: tower.url, title, prompt: 'Do it.' });
    return workflow;
  };
  const result = (execution: Awaited<ReturnType<N8nHost['run']>>): Record<string, unknown> => execution.given.get('Result')?.json ?? {};

  it('that runs a task is woken up by the tower and has the result', async () => {
    n8n = await N8nHost.start(credentials);
    const tower = await open();
    const running = n8n.run(runATask(tower, 'Bake bread'));
    await until('it to wait', () => n8n.executions[0]?.status === 'waiting');
    await tower.agent('Baker', {}, (agent, task) => agent.send(task, { type: 'result', result: 'Two loaves.' }));
    const execution = await running;
    const { status, result: text, title, externalId } = result(execution);
    assert.deepEqual(
      { status, text, title, externalId },
      { status: 'completed', text: 'Two loaves.', title: 'Bake bread', externalId: 'n8n-1' },
    );
    assert.equal(execution.ran.filter((name) => name === 'Wait for the tower').length, 1, 'no second look was needed');
  });

  it('that runs a task is woken up although the task ended before it waited', async () => {
    n8n = await N8nHost.start(credentials);
    const tower = await open();
    await tower.agent('Baker', {}, (agent, task) => agent.send(task, { type: 'result', result: 'At once.' }));
    n8n.before = async (node) => {
      if (node === 'Wait for the tower') await until('the tower to come too early', () => n8n.conflicts > 0);
    };
    const execution = await n8n.run(runATask(tower, 'Bake bread'));
    assert.equal(result(execution).result, 'At once.');
  });

  it('that runs a task looks by itself when nobody wakes it up', async () => {
    // 10 minutes take 120 ms here.
    n8n = await N8nHost.start(credentials, 0.2);
    const tower = await open({ callbacks: undefined });
    const running = n8n.run(runATask(tower, 'Bake bread'));
    await until('a look in vain', () => (n8n.executions[0]?.ran.filter((name) => name === 'Has it ended?').length ?? 0) > 0);
    const [id = ''] = [...tower.tower.board.tasks.keys()];
    await tower.tower.execute({ type: 'CancelTask', taskId: id }, person);
    assert.equal(result(await running).status, 'cancelled');
  });

  it('that runs a task makes one of it, however often it is sent', async () => {
    n8n = await N8nHost.start(credentials, 0.2);
    const tower = await open();
    const workflow = runATask(tower, 'Bake bread');
    const create = workflow.nodes.find(({ name }) => name === 'Create task');
    assert.ok(create?.retryOnFail);
    workflow.nodes.push({ ...create, name: 'Create task again' });
    workflow.connections['Create task again'] = { main: workflow.connections['Create task']?.main ?? [] };
    workflow.connections['Create task'] = { main: [[{ node: 'Again', type: 'main', index: 0 }]] };
    const settings = workflow.nodes.find(({ name }) => name === 'Settings');
    assert.ok(settings);
    workflow.nodes.push({ ...settings, name: 'Again' });
    workflow.connections.Again = { main: [[{ node: 'Create task again', type: 'main', index: 0 }]] };
    await tower.agent('Baker', {}, (agent, task) => agent.send(task, { type: 'result', result: 'Once.' }));
    const execution = await n8n.run(workflow);
    assert.equal(result(execution).result, 'Once.');
    assert.equal(tower.tower.board.tasks.size, 1);
  });

  describe('that is told of finished tasks', () => {
    const listen = async (): Promise<{ tower: Stand; url: string }> => {
      n8n = await N8nHost.start(credentials);
      const url = n8n.activate(readWorkflow('on-finished.json'));
      const tower = await open({ hooks: [{ name: 'n8n', url, secret: { env: 'HOOK_SECRET' }, events: ['finished'] }] });
      return { tower, url };
    };
    const ended = (nth = 0): Promise<string | undefined> =>
      until('the workflow to end', () => n8n.executions.filter(({ status }) => status === 'finished')[nth]).then(({ ran }) => ran.at(-1));

    it('believes the tower, and tells what was done from what failed', async () => {
      const { tower } = await listen();
      await tower.create('Grüße 🥖', { agent: 'Baker', externalId: 'order-7' });
      await tower.agent('Baker', {}, (agent, task) => agent.send(task, { type: 'result', result: 'Done.' }));
      assert.equal(await ended(), 'Completed');
      const event = n8n.executions[0]?.given.get('Event')?.json as { type: string; task: Record<string, unknown> };
      assert.equal(event.type, 'dev.tasktower.task.finished');
      assert.deepEqual([event.task.title, event.task.externalId], ['Grüße 🥖', 'order-7']);
      const { id } = await tower.create('Not wanted', { agent: 'Nobody' });
      await tower.tower.execute({ type: 'CancelTask', taskId: id }, person);
      assert.equal(await ended(1), 'Failed or cancelled');
    });

    it('believes nobody else, and no old message', async () => {
      const { tower, url } = await listen();
      await tower.create('Bread', { agent: 'Baker' });
      await tower.agent('Baker', {}, (agent, task) => agent.send(task, { type: 'result', result: 'Done.' }));
      await ended();
      const got = n8n.executions[0]?.given.get('Body as it came')?.json as { headers: Record<string, string>; raw: string };
      const {
        'content-type': type = '',
        'webhook-id': id = '',
        'webhook-timestamp': timestamp = '',
        'webhook-signature': signature = '',
      } = got.headers;
      const genuine = { 'content-type': type, 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
      const send = (headers: Record<string, string>, body: string): Promise<Response> => fetch(url, { method: 'POST', headers, body });
      await send(genuine, got.raw);
      assert.equal(await ended(1), 'Completed', 'the same message again is genuine');
      await send(genuine, got.raw.replace('Bread', 'Bribe'));
      assert.equal(await ended(2), 'Not from the tower');
      await send({ ...genuine, 'webhook-timestamp': String(Number(timestamp) - 600) }, got.raw);
      assert.equal(await ended(3), 'Not from the tower');
      await send({ 'content-type': type }, got.raw);
      assert.equal(await ended(4), 'Not from the tower');
    });
  });
});
