import assert from 'node:assert/strict';
import { encodeBoard } from '../../../src/server/domain/board';
import { RemoteTower } from '../../../src/server/follower/remoteTower';
import { PanelChannel, type PanelPort } from '../../../src/webviews/kit/panelChannel';
import { RuleBench } from '../../support/ruleBench';
import { until } from '../../support/until';

interface Sent {
  id?: string;
  method: string;
  params: unknown;
}

/** The extension's end of a panel. */
class FakePort implements PanelPort {
  readonly sent: Sent[] = [];
  private readonly listeners = new Set<(message: unknown) => void>();

  post(message: unknown): void {
    this.sent.push(message as Sent);
  }

  listen(listener: (message: unknown) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  say(message: unknown): void {
    for (const listener of [...this.listeners]) listener(message);
  }

  answer(rest: object): void {
    this.say({ jsonrpc: '2.0', id: this.sent.at(-1)?.id, ...rest });
  }
}

describe('The channel of a panel', () => {
  it('asks and gets its own answer, as a result or as an error in the words of the extension', async () => {
    const port = new FakePort();
    const channel = new PanelChannel(port);
    const first = channel.request('query', { query: 1 });
    const firstId = port.sent[0]?.id;
    const second = channel.request('command', { id: 'c' });
    port.answer({ error: { message: 'Attempt 2 is over.', code: -32009 } });
    port.say({ jsonrpc: '2.0', id: 'of another channel', result: 'no' });
    port.say({ jsonrpc: '2.0', id: firstId, result: [7] });
    await assert.rejects(second, /^PanelError: Attempt 2 is over\.$/);
    assert.deepEqual(await first, [7]);
  });

  it('hears notices of the board apart from everything else, and survives what is no message of ours', () => {
    const port = new FakePort();
    const channel = new PanelChannel(port);
    const heard: string[] = [];
    channel.onDidNotify(({ method }) => heard.push(`board ${method}`));
    channel.onDidTell(({ method }) => heard.push(`told ${method}`));
    for (const message of [null, 'text', 7, {}, { method: 'board/live', params: {} }, { method: 'panel/show', params: {} }])
      port.say(message);
    assert.deepEqual(heard, ['board board/live', 'told panel/show']);
  });

  it('closes only when it is disposed, once, and settles who waits', async () => {
    const port = new FakePort();
    const channel = new PanelChannel(port);
    const closed: string[] = [];
    channel.onDidClose((reason) => closed.push(reason));
    const waiting = channel.request('query', {});
    channel.dispose();
    channel.dispose();
    assert.deepEqual(closed, ['closed']);
    await assert.rejects(waiting, /closed/);
    await assert.rejects(channel.request('query', {}), /closed/);
  });

  it('carries a tower that a panel follows', async () => {
    const [port, bench] = [new FakePort(), new RuleBench()];
    const opened = RemoteTower.open(new PanelChannel(port), 'panel');
    port.answer({ result: {} });
    port.say({ method: 'board/snapshot', params: { board: encodeBoard(bench.board), live: { tasks: {}, agents: {} } } });
    const tower = await opened;
    const task = bench.create('Follow me');
    port.say({ method: 'board/records', params: { records: bench.records } });
    assert.equal(tower.board.tasks.get(task.id)?.title, 'Follow me');
  });

  it('goes on waiting for the board when records come before it, which holds them', async () => {
    const [port, bench] = [new FakePort(), new RuleBench()];
    const opened = RemoteTower.open(new PanelChannel(port), 'panel');
    const task = bench.create('Follow me');
    port.say({ method: 'board/records', params: { records: bench.records } });
    port.say({ method: 'board/snapshot', params: { board: encodeBoard(bench.board), live: { tasks: {}, agents: {} } } });
    port.answer({ result: {} });
    const tower = await opened;
    assert.equal(tower.board.tasks.get(task.id)?.title, 'Follow me');
  });

  it('asks for a board that was sent ahead and is lost, and does not ask for one that came', async () => {
    const snapshot = { method: 'board/snapshot', params: { board: encodeBoard(new RuleBench().board), live: { tasks: {}, agents: {} } } };
    const lost = new FakePort();
    const opened = RemoteTower.open(new PanelChannel(lost), 'panel');
    lost.answer({ result: { ahead: true } });
    await until('another question', () => lost.sent.length === 2);
    lost.answer({ result: { ahead: false } });
    lost.say(snapshot);
    await opened;
    const found = new FakePort();
    const again = RemoteTower.open(new PanelChannel(found), 'panel');
    found.say(snapshot);
    found.answer({ result: { ahead: true } });
    await again;
    assert.equal(found.sent.length, 1);
  });
});
