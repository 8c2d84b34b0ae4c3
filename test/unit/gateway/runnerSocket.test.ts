import assert from 'node:assert/strict';
import { AgentConfig } from '../../../src/server/domain/agent';
import { RpcSocket } from '../../support/towerClient';
import { until } from '../../support/until';
import { person, Stand } from './stand';

interface Apply {
  agents: { id: string; env: Record<string, string>; command: string[] }[];
}
/** Not started with the window, so that the tower launches no runner of its own beside the test's. */
const coder = AgentConfig.parse({ name: 'Coder', command: ['coder', '{prompt}'], env: { KEY: 'secret' }, autoStart: false });

describe("the runner's socket", () => {
  let stand: Stand;
  let rpc: RpcSocket;
  let applied: Apply[] = [];
  const process = { pid: 4_000_000, startTime: 'then' };

  beforeEach(async () => {
    stand = await Stand.open({ agents: [coder] });
    rpc = await RpcSocket.open(stand.url, '/agent', stand.keys.runner);
    applied = [];
    rpc.onCall = (method, params) => (method === 'runner/apply' ? (applied.push(params as Apply), {}) : {});
  });
  afterEach(async () => {
    rpc.close();
    await stand.close();
  });

  const hello = (): Promise<Apply> => rpc.ask('runner/hello', { protocol: 1, process }) as Promise<Apply>;
  const report = (value: Record<string, unknown>): Promise<unknown> => rpc.ask('runner/report', value);
  const presence = (id = 'coder'): string | undefined => stand.tower.live.agents.get(id)?.presence;

  it('is told what to run, and told again when a person starts or stops an agent', async () => {
    assert.deepEqual((await hello()).agents, []);
    await stand.tower.execute({ type: 'StartAgent', agentId: 'coder' }, person);
    await until('the agent to be wanted', () => applied.at(-1)?.agents[0]?.id === 'coder');
    assert.deepEqual(applied.at(-1)?.agents[0]?.env, { KEY: 'secret' });
    await report({ type: 'starting', agentId: 'coder' });
    assert.equal(presence(), 'starting');
    await stand.tower.execute({ type: 'StopAgent', agentId: 'coder' }, person);
    await until('nothing to be wanted', () => applied.at(-1)?.agents.length === 0);
    assert.equal(presence(), 'stopping');
    await report({ type: 'stopped', agentId: 'coder' });
    assert.equal(presence(), undefined);
  });

  it('passes on failures, processes and output', async () => {
    const printed: string[] = [];
    stand.running.tower.onDidPrint(({ agentId, lines }) => printed.push(agentId, ...lines));
    await hello();
    await stand.tower.execute({ type: 'StartAgent', agentId: 'coder' }, person);
    await report({ type: 'processStarted', agentId: 'coder', process: { pid: 4_000_001, startTime: 'now' } });
    assert.equal(stand.tower.board.processes.get(4_000_001)?.agentId, 'coder');
    await report({ type: 'processEnded', agentId: 'coder', process: { pid: 4_000_001, startTime: 'now' } });
    assert.equal(stand.tower.board.processes.has(4_000_001), false);
    await report({ type: 'failed', agentId: 'coder', message: 'coder was not found.', restart: false });
    assert.equal(stand.tower.board.agents.get('coder')?.failure?.message, 'coder was not found.');
    await report({ type: 'output', agentId: 'coder', lines: ['one', 'two'] });
    assert.deepEqual(printed, ['coder', 'one', 'two']);
    await assert.rejects(report({ type: 'failed', agentId: 'nobody', message: 'x' }), /no agent nobody/);
  });

  it('alone may say hello as an agent that Tasktower starts', async () => {
    await assert.rejects(stand.agent('Coder'), /started by Tasktower/);
    const claim = await stand.call('POST', '/api/tasks/claim', { agent: 'coder' });
    assert.equal(claim.status, 403);
    await hello();
    await rpc.ask('agent/hello', { protocol: 1, name: 'Coder' });
    await until('the agent', () => presence() === 'online');
    await report({ type: 'starting', agentId: 'coder' });
    assert.equal(presence(), 'online', 'its own socket was faster');
  });

  it('is superseded by another runner, and hears no more', async () => {
    await hello();
    const second = await RpcSocket.open(stand.url, '/agent', stand.keys.runner);
    await second.ask('runner/hello', { protocol: 1, process });
    await until('the close', () => rpc.closed === 4001);
    second.close();
  });

  it('must say hello first', async () => {
    await assert.rejects(report({ type: 'stopped', agentId: 'coder' }), /runner\/hello first/);
  });
});
