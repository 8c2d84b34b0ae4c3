import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { endProcesses, isAlive, ownProcess, processStartTime, type ProcessId } from '../../../src/server/base/processes';
import { descendants, running } from '../../support/processTree';
import { until } from '../../support/until';

async function start(script: string): Promise<{ id: ProcessId; printed: () => string }> {
  const child = spawn('sh', ['-c', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, NODE: process.execPath },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  return { id: { pid, startTime: (await processStartTime(pid)) ?? '' }, printed: () => output };
}

describe('Processes', () => {
  it('are told from a later one with the same pid by their start time', async () => {
    const own = await ownProcess();
    assert.equal(await isAlive(own), true);
    assert.equal(await isAlive({ ...own, startTime: '1' }), false);
    assert.equal(await processStartTime(2 ** 22 + 1), undefined);
  });

  it('end with children that ignore SIGTERM or left the group', async () => {
    const { id, printed } = await start(`"$NODE" -e "require('child_process').spawn('sleep',['1000'],{detached:true})" &
      sh -c 'trap "" TERM; echo ready; while :; do sleep 1; done' & wait`);
    await until('the one that ignores SIGTERM', () => printed().includes('ready'));
    const children = await until('the tree', () => {
      const pids = descendants(id.pid);
      return pids.length >= 4 ? pids : undefined;
    });
    const { killed, rootKilled } = await endProcesses(id, 200);
    assert.ok(killed >= 1);
    assert.equal(rootKilled, false);
    for (const pid of children) assert.equal(running(pid), false, `process ${pid} is left`);
  });

  it('do not end a stranger that has the pid now', async () => {
    const { id } = await start('sleep 1000');
    await endProcesses({ ...id, startTime: '1' }, 0);
    assert.equal(await isAlive(id), true);
    assert.deepEqual(await endProcesses(id, 5_000), { killed: 0, rootKilled: false });
    assert.equal(await isAlive(id), false);
  });
});
