import assert from 'node:assert/strict';
import { plan } from '../../../src/server/dispatch/plan';
import { LiveBoard } from '../../../src/server/liveOverlay';
import { systemClock } from '../../../src/server/base/clock';
import { redisAddress } from '../../../src/server/redis/address';
import { agent, RuleBench, TOWER } from '../../support/ruleBench';

/** A board of two towers, with an agent at north. */
function queue(): RuleBench {
  const bench = new RuleBench();
  bench.tower = 'north';
  bench.do({ type: 'RegisterAgent', profile: { name: 'Ann', capacity: 2 } }, agent('ann'));
  bench.online.set('ann', { presence: 'online', since: bench.now });
  bench.do({ type: 'ReportPresence', agentId: 'ann', present: true }, TOWER);
  return bench;
}

describe('Towers that share a queue', () => {
  it('give work only to agents that are connected to them', () => {
    const bench = queue();
    const { id } = bench.create('For Ann');
    assert.deepEqual(plan(bench.board, { agents: bench.online }, bench.now, undefined, 'south'), []);
    assert.deepEqual(plan(bench.board, { agents: bench.online }, bench.now, undefined, 'north'), [{ taskId: id, agentId: 'ann' }]);
    bench.tower = 'south';
    assert.equal(
      bench.refusal({ type: 'AssignTask', taskId: id, agentId: 'ann' }, TOWER),
      'conflict: Ann is connected to north, not to south.',
    );
    bench.do({ type: 'AssignTask', taskId: id, agentId: 'ann', leaseMs: 60_000 }, TOWER);
    assert.equal(bench.task(id).status, 'running', 'over HTTP it may ask any of them');
  });

  it('take over an agent that comes, and only the one that has it can say that it went', () => {
    const bench = queue();
    bench.tower = 'south';
    bench.do({ type: 'ReportPresence', agentId: 'ann', present: false }, TOWER);
    assert.equal(bench.board.agents.get('ann')?.tower, 'north');
    bench.do({ type: 'ReportPresence', agentId: 'ann', present: true }, TOWER);
    assert.equal(bench.board.agents.get('ann')?.tower, 'south');
    bench.do({ type: 'ReportPresence', agentId: 'ann', present: false }, TOWER);
    assert.equal(bench.board.agents.get('ann')?.tower, undefined);
    assert.equal(bench.board.agents.get('ann')?.present, undefined);
  });

  it('end what the agents of a lost tower were at, but not what is reported over HTTP', () => {
    const bench = queue();
    const held = bench.create('On a socket');
    bench.do({ type: 'AssignTask', taskId: held.id, agentId: 'ann' }, TOWER);
    const leased = bench.create('Over HTTP');
    bench.do({ type: 'AssignTask', taskId: leased.id, agentId: 'ann', leaseMs: 60_000 }, TOWER);
    bench.tower = 'south';
    bench.do({ type: 'LoseTower', tower: 'north' }, TOWER);
    assert.equal(bench.task(held.id).status, 'failed');
    assert.deepEqual(bench.task(held.id).error, {
      kind: 'lost_contact',
      message: 'The tower north went silent, and Ann came to no other one. The attempt ended; nothing is run twice. Retry when it is back.',
    });
    assert.equal(bench.task(leased.id).status, 'running');
    assert.equal(bench.board.agents.get('ann')?.tower, undefined);
    const { seq } = bench.board;
    bench.do({ type: 'LoseTower', tower: 'north' }, TOWER);
    assert.equal(bench.board.seq, seq, 'said again, it changes nothing');
    assert.match(bench.refusal({ type: 'LoseTower', tower: 'north' }), /^forbidden/);
  });

  it('show what the others say is going on, and know better of their own agents', () => {
    const live = new LiveBoard(systemClock);
    live.setAgent('ann', 'online');
    live.merge('south', { agents: { ann: { presence: 'pull', since: 1 }, bob: { presence: 'online', since: 1 } } });
    assert.equal(live.agents.get('ann')?.presence, 'online');
    assert.equal(live.agents.get('bob')?.presence, 'online');
    assert.deepEqual(Object.keys(live.ownFacts.agents ?? {}), ['ann']);
    live.merge('south', { agents: { ann: null } });
    assert.ok(live.agents.has('ann'));
    live.merge('south', {}, true);
    assert.ok(!live.agents.has('bob'), 'it says nothing of Bob any more');
    live.dispose();
  });

  it('find their Redis by an address, and name it without its password', async () => {
    assert.equal(redisAddress('redis://:secret@redis.example:6380/2').text, 'redis://redis.example:6380/2');
    assert.equal(redisAddress('redis+sentinel://u:secret@a:1,b:2/main/3').text, 'the master main of a:1,b:2');
    for (const wrong of ['http://redis', 'redis://', 'redis+sentinel://a:1'])
      assert.throws(() => redisAddress(wrong), /^HumanError: --redis is an address such as/, wrong);
    await assert.rejects(redisAddress('redis+sentinel://127.0.0.1:1/main').locate(), /The Sentinels at 127\.0\.0\.1:1 name no master/);
  });
});
