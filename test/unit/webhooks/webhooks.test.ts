import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeTempFolders } from '../../support/tempFolder';
import { until } from '../../support/until';
import { SECRET, verify, WebhookReceiver } from '../../support/webhookReceiver';
import { person, type Stand } from '../gateway/stand';
import { hookStand } from './hookStand';

describe('A receiver of webhooks', () => {
  let receiver: WebhookReceiver;
  let stand: Stand | undefined;
  let lines: string[];

  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
  });
  afterEach(async () => {
    await stand?.close();
    stand = undefined;
    await receiver.stop();
    removeTempFolders();
  });

  const allow = (): object => ({ http: [receiver.host], addresses: ['127.0.0.1'] });
  const hook = (more: object = {}): object => ({ name: 'chat', url: receiver.url(), secret: { env: 'HOOK_SECRET' }, ...more });
  const open = async (content: Record<string, unknown> = {}, env?: NodeJS.ProcessEnv): Promise<Stand> => {
    const opened = await hookStand({ hooks: [hook()], allow: allow(), ...content }, env);
    ({ lines } = opened);
    stand = opened.stand;
    return opened.stand;
  };
  const finish = async (tower: Stand, title: string, spec: Record<string, unknown> = {}): Promise<string> => {
    const { id } = await tower.create(title, { agent: title, ...spec });
    await tower.agent(title, {}, (agent, task) => agent.send(task, { type: 'result', result: 'All done.' }));
    await until(`the end of ${title}`, () => ['completed', 'review'].includes(tower.task(id).status));
    return id;
  };
  const metric = async (tower: Stand, line: string): Promise<boolean> =>
    (await (await tower.fetch('/metrics')).text()).split('\n').includes(line);

  it('is told of a finished task by a signed CloudEvent', async () => {
    const tower = await open();
    const id = await finish(tower, 'Baker', { externalId: 'order-7', prompt: 'A secret recipe.' });
    const got = await until('the message', () => receiver.of('finished')[0]);
    assert.equal(got.headers['content-type'], 'application/cloudevents+json');
    assert.deepEqual(verify(got), got.event);
    const { specversion, source, subject, time, data } = got.event;
    assert.deepEqual({ specversion, source, subject }, { specversion: '1.0', source: 'https://tower.example', subject: id });
    assert.equal(got.event.id, got.headers['webhook-id']);
    assert.equal(Date.parse(time), tower.task(id).since);
    const { number, title, status, agent, externalId, completedAt } = data;
    assert.deepEqual(
      { number, title, status, agent, externalId, completedAt },
      { number: 1, title: 'Baker', status: 'completed', agent: 'Baker', externalId: 'order-7', completedAt: time },
    );
    assert.ok(!got.body.includes('recipe') && !got.body.includes('All done'), 'neither prompt nor result leave the tower');
  });

  it('is told of a failed and of a cancelled task', async () => {
    const tower = await open();
    const { id } = await tower.create('Fails', { agent: 'Baker', limits: { attempts: 1 } });
    await tower.agent('Baker', {}, (agent, task) => agent.send(task, { type: 'error', message: 'The oven is cold.' }));
    const failed = await until('the failure', () => receiver.of('finished')[0]);
    assert.equal(failed.event.subject, id);
    assert.deepEqual(failed.event.data.error, { kind: 'agent_error', message: 'The oven is cold.' });
    const { id: other } = await tower.create('Is cancelled', { agent: 'Nobody' });
    await tower.tower.execute({ type: 'CancelTask', taskId: other }, person);
    const cancelled = await until('the cancel', () => receiver.of('finished')[1]);
    assert.equal(cancelled.event.subject, other);
    assert.equal(cancelled.event.data.status, 'cancelled');
  });

  it('is told when a task waits for an answer, and when it waits for a verdict', async () => {
    const tower = await open();
    const { id } = await tower.create('Asks', { agent: 'Baker' });
    await tower.agent('Baker', {}, async (agent, { taskId, attempt }) => {
      await agent.rpc.ask('task/input', { taskId, attempt, question: { id: 'q', text: 'Rye or wheat?' } });
    });
    const asks = await until('the question', () => receiver.of('needs-you')[0]);
    assert.equal(asks.event.subject, id);
    assert.equal(asks.event.data.status, 'input_required');
    assert.equal((asks.event.data.question as { text: string }).text, 'Rye or wheat?');
    const review = await finish(tower, 'Miller', { requires: ['signoff'] });
    const waits = await until('the review', () => receiver.of('needs-you')[1]);
    assert.equal(waits.event.subject, review);
    assert.equal(waits.event.data.status, 'review');
    await tower.tower.execute({ type: 'SignOff', taskId: review, verdict: 'accepted' }, person);
    const accepted = await until('the end', () => receiver.of('finished')[0]);
    assert.equal(accepted.event.data.status, 'completed');
    assert.notEqual(accepted.event.id, waits.event.id);
    for (const got of receiver.got) verify(got);
  });

  it('is told of a parked task and until when', async () => {
    const tower = await open();
    const { id } = await tower.create('Parks', { agent: 'Baker' });
    const retryAt = new Date(Date.now() + 3_600_000).toISOString();
    await tower.agent('Baker', {}, (agent, task) => agent.send(task, { type: 'error', kind: 'limit', message: 'Quota.', retryAt }));
    const parked = await until('the message', () => receiver.of('parked')[0]);
    assert.equal(parked.event.subject, id);
    assert.equal(parked.event.data.parkedUntil, new Date(tower.task(id).notBefore ?? 0).toISOString());
    verify(parked);
  });

  it('is told only of what it asked for', async () => {
    const tower = await open({ hooks: [hook({ events: ['needs-you'] })] });
    await finish(tower, 'Baker');
    await finish(tower, 'Miller', { requires: ['signoff'] });
    await until('the message', () => receiver.of('needs-you')[0]);
    assert.equal(receiver.got.length, 1);
  });

  it('that answers 500 twice gets it in the end, under the same id', async () => {
    receiver.answer = (response, nth) => void response.writeHead(nth < 3 ? 500 : 200).end();
    const tower = await open();
    await finish(tower, 'Baker');
    await until('the third try', () => receiver.got.length === 3);
    assert.equal(new Set(receiver.got.map(({ headers }) => headers['webhook-id'])).size, 1);
    for (const got of receiver.got) verify(got);
    await until('the counts', () => metric(tower, 'tasktower_webhook_tries_total{hook="chat",result="delivered"} 1'));
    assert.ok(await metric(tower, 'tasktower_webhook_tries_total{hook="chat",result="retried"} 2'));
    await until('nothing to wait', () => metric(tower, 'tasktower_webhooks_waiting{hook="chat"} 0'));
    assert.match(
      lines.join('\n'),
      /warn The webhook chat about #1 \(finished, .+\) did not arrive: status 500\. It is tried again in 1 s\./,
    );
  });

  it('that never takes it is given up after so many tries, which the log says', async () => {
    receiver.answer = (response) => void response.writeHead(503, { 'retry-after': '1' }).end();
    const tower = await open();
    await finish(tower, 'Baker');
    const line = await until('the end of patience', () => lines.find((one) => one.startsWith('error')));
    assert.match(
      line,
      /^error The webhook chat about #1 .+ is given up: the last of 4 tries ended with: status 503\. So far 1 were given up\.$/,
    );
    assert.equal(receiver.got.length, 4);
    assert.ok(await metric(tower, 'tasktower_webhook_tries_total{hook="chat",result="given_up"} 1'));
  });

  it('is told in the end of what happened while the folder of messages could not be read', async () => {
    let waiting = '';
    const opened = await hookStand({ hooks: [hook()], allow: allow() }, undefined, (storage) => {
      mkdirSync(join(storage, 'webhooks'), { recursive: true });
      writeFileSync((waiting = join(storage, 'webhooks', 'waiting')), 'in the way');
    });
    ({ lines, stand } = opened);
    const first = await finish(opened.stand, 'Baker');
    await until('the log', () => lines.some((line) => line.includes('Webhooks fall behind')));
    rmSync(waiting);
    const second = await finish(opened.stand, 'Miller');
    await until('both', () => receiver.of('finished').length === 2);
    assert.deepEqual(new Set(receiver.of('finished').map(({ event }) => event.subject)), new Set([first, second]));
  });

  it('is told of tasks that were deleted as soon as they had ended', async () => {
    const tower = await open();
    const ids: string[] = [];
    for (let n = 0; n < 30; n++) ids.push((await tower.create(`Deleted ${n}`, { agent: 'Nobody' })).id);
    for (const taskId of ids) {
      await tower.tower.execute({ type: 'CancelTask', taskId }, person);
      await new Promise(setImmediate);
      await tower.tower.execute({ type: 'PurgeTask', taskId }, person);
    }
    await until('all of them', () => receiver.got.length === ids.length);
    assert.deepEqual(new Set(receiver.of('finished').map(({ event }) => event.subject)), new Set(ids));
  });

  it('that answers 410 is told nothing more, while others are', async () => {
    receiver.answer = (response) => void response.writeHead(410).end();
    const other = await WebhookReceiver.start();
    try {
      const hooks = [hook(), { name: 'other', url: other.url(), secret: { env: 'HOOK_SECRET' } }];
      const tower = await open({ hooks, allow: { http: [receiver.host, other.host], addresses: ['127.0.0.0/8'] } });
      await finish(tower, 'Baker');
      await until('the stop', () => lines.some((line) => line.includes('The webhook chat answered 410 Gone')));
      await finish(tower, 'Miller');
      await until('the other one', () => other.of('finished').length === 2);
      assert.equal(receiver.got.length, 1);
    } finally {
      await other.stop();
    }
  });

  it('cannot lead the tower elsewhere by a redirect', async () => {
    const elsewhere = await WebhookReceiver.start();
    try {
      receiver.answer = (response) => void response.writeHead(307, { location: elsewhere.url() }).end();
      const tower = await open({ allow: { http: [receiver.host, elsewhere.host], addresses: ['127.0.0.1'] } });
      await finish(tower, 'Baker');
      await until('the end of patience', () => lines.some((line) => line.includes('ended with: status 307')));
      assert.equal(elsewhere.connections, 0);
    } finally {
      await elsewhere.stop();
    }
  });

  it('that sends an answer without end is not listened to, and one that says nothing is tried again', async () => {
    let flooded = false;
    receiver.answer = (response, nth) => {
      if (nth === 1) return;
      response.writeHead(200);
      response.on('close', () => (flooded = true));
      const chunk = Buffer.alloc(64 * 1024, 'x');
      const fill = (): void => {
        while (!response.destroyed && response.write(chunk));
        response.once('drain', fill);
      };
      fill();
    };
    const tower = await open({ retry: { firstSeconds: 0.05, mostSeconds: 0.2, tries: 4, timeoutSeconds: 0.3 } });
    await finish(tower, 'Baker');
    await until('the tower to hang up', () => flooded);
    await until('the counts', () => metric(tower, 'tasktower_webhook_tries_total{hook="chat",result="delivered"} 1'));
    assert.ok(
      lines.some((line) => /did not arrive: .*(timeout|aborted)/.test(line)),
      lines.join('\n'),
    );
  });

  it('is not found at an address of this machine that nobody allowed', async () => {
    const tower = await open({
      hooks: [hook({ url: `http://localhost:${receiver.port}/` })],
      allow: { http: [`localhost:${receiver.port}`] },
    });
    await finish(tower, 'Baker');
    const line = await until('the end of patience', () => lines.find((one) => one.startsWith('error')));
    assert.match(line, /localhost leads to (127\.0\.0\.1|::1), which is an address of this machine or of a private network/);
    assert.equal(receiver.connections, 0, 'not even a connection');
  });

  it('proves who it is while a secret is replaced, with the old one and the new one', async () => {
    const next = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const tower = await open({}, { HOOK_SECRET: `${next} ${SECRET}` });
    await finish(tower, 'Baker');
    const got = await until('the message', () => receiver.got[0]);
    verify(got, next);
    verify(got, SECRET);
    assert.throws(() => verify(got, `whsec_${Buffer.alloc(32, 8).toString('base64')}`));
    assert.throws(() => verify({ ...got, body: got.body.replace('Baker', 'Taker') }, SECRET));
  });

  it('reads no secret in the log, whatever goes wrong', async () => {
    receiver.answer = (response) => void response.writeHead(500).end(SECRET);
    const tower = await open({ hooks: [hook({ url: receiver.url('/T0KEN/in/the/path?key=0THER') })] });
    await finish(tower, 'Baker');
    await until('the end of patience', () => lines.some((line) => line.startsWith('error')));
    const log = lines.join('\n');
    for (const secret of [SECRET, SECRET.slice(6), 'T0KEN', '0THER']) assert.ok(!log.includes(secret), log);
  });

  describe('that a task names itself', () => {
    const callbacks = (): Record<string, unknown> => ({ callbacks: { hosts: [receiver.host], secret: { env: 'HOOK_SECRET' } }, hooks: [] });

    it('is told of its end, and of nothing else', async () => {
      const tower = await open(callbacks());
      const id = await finish(tower, 'Baker', { callbackUrl: receiver.url('/resume/7'), requires: ['signoff'] });
      await tower.tower.execute({ type: 'SignOff', taskId: id, verdict: 'accepted' }, person);
      const got = await until('the message', () => receiver.got[0]);
      assert.equal(got.path, '/resume/7');
      assert.equal(got.event.type, 'dev.tasktower.task.finished');
      verify(got);
      await finish(tower, 'Miller', { callbackUrl: receiver.url('/resume/8') });
      await until('the next message', () => receiver.got.length === 2);
      assert.equal(receiver.got[1]?.path, '/resume/8');
    });

    it('is told though another one says nothing', async () => {
      const silent = await WebhookReceiver.start();
      silent.answer = () => undefined;
      try {
        const hosts = [receiver.host, silent.host];
        const tower = await open({
          ...callbacks(),
          callbacks: { hosts, secret: { env: 'HOOK_SECRET' } },
          allow: { http: hosts, addresses: ['127.0.0.1'] },
          retry: { tries: 1, timeoutSeconds: 60 },
        });
        const end = async (callbackUrl: string): Promise<void> => {
          const { id } = await tower.create('Ends', { agent: 'Nobody', callbackUrl });
          await tower.tower.execute({ type: 'CancelTask', taskId: id }, person);
        };
        for (let n = 0; n < 6; n++) await end(silent.url());
        await until('the silent one to be busy', () => silent.got.length === 4);
        await end(receiver.url());
        await until('the other one', () => receiver.got.length === 1);
        assert.equal(silent.got.length, 4, 'four at once are enough for one host');
        assert.ok(await metric(tower, 'tasktower_webhooks_waiting{hook="_callback"} 6'));
      } finally {
        await silent.stop();
      }
    });

    it('has its host named in the log once, as long as it is one of the last hundred', async () => {
      const tower = await open(callbacks());
      // What ends before the hooks have made up for the past is looked at twice.
      await finish(tower, 'Baker', { callbackUrl: receiver.url() });
      await until('the hooks at work', () => receiver.got[0]);
      const end = async (host: string): Promise<void> => {
        const { id } = await tower.create(host, { agent: 'Nobody', callbackUrl: `https://${host}/` });
        await tower.tower.execute({ type: 'CancelTask', taskId: id }, person);
      };
      const said = (host: string): number => lines.filter((line) => line.includes(`does not name the host ${host}.`)).length;
      for (let n = 0; n < 100; n++) await end(`h${n}.example`);
      for (const host of ['h0.example', 'h100.example']) await end(host);
      await until('the last one', () => said('h100.example') === 1);
      assert.equal(said('h0.example'), 1);
      for (const host of ['h0.example', 'h101.example']) await end(host);
      await until('both to be named', () => said('h101.example') === 1 && said('h0.example') === 2);
    });

    it('is not called at a host that the file does not name', async () => {
      const other = await WebhookReceiver.start();
      try {
        const tower = await open(callbacks());
        await finish(tower, 'Baker', { callbackUrl: other.url() });
        await finish(tower, 'Miller', { callbackUrl: receiver.url() });
        await until('the allowed one', () => receiver.got[0]);
        assert.equal(other.connections, 0);
        assert.ok(
          lines.some((line) => line.includes(`The callbackUrl of #1 is not called: "callbacks" does not name the host ${other.host}.`)),
        );
      } finally {
        await other.stop();
      }
    });
  });
});
