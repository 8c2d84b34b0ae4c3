import assert from 'node:assert/strict';
import { parseSearch, taskMatcher, toTaskFilter, tokensOf, withoutToken, withToken } from '../../../src/server/domain/search';
import { RuleBench } from '../../support/ruleBench';
import { sceneOf } from '../../support/scene';

describe('Searching tasks', () => {
  const now = new Date(2026, 10, 23, 13, 0).getTime();
  let bench: RuleBench;
  beforeEach(() => {
    bench = new RuleBench();
    bench.now = now;
    bench.join('Code Gen', { capacity: 3 });
    bench.run(bench.create('Audit the login page', { kind: 'audit' }), 'code-gen');
    bench.create('Bump dependencies', { priority: 'urgent', skills: ['node'] });
    bench.create('Write notes', { after: ['#2'] });
  });

  const found = (text: string): string => {
    const scene = sceneOf(bench);
    const search = parseSearch(text, now);
    return [...bench.board.tasks.values()]
      .filter(taskMatcher(search, scene))
      .map(({ number }) => `#${number}`)
      .join(' ');
  };

  for (const [text, expected] of [
    ['', '#1 #2 #3'],
    ['login', '#1'],
    ['LOGIN audit', '#1'],
    ['#2', '#2'],
    ['status:running', '#1'],
    ['status:running status:pending', '#1 #2 #3'],
    ['-status:running', '#2 #3'],
    ['status:nonsense', ''],
    ['agent:"Code Gen"', '#1'],
    ['agent:code-gen', '#1'],
    ['kind:AUDIT', '#1'],
    ['priority:urgent', '#2'],
    ['skill:node', '#2'],
    ['is:blocked', '#3'],
    ['-is:blocked', '#1 #2'],
    ['is:open', '#1 #2 #3'],
    ['is:finished', ''],
    ['after:today', '#1 #2 #3'],
    ['before:today', ''],
    ['after:7d before:2026-11-24', '#1 #2 #3'],
    ['after:2026-02-31', ''],
    ['unknown:token', ''],
  ] as const)
    it(`finds ${expected || 'nothing'} for: ${text || 'nothing'}`, () => assert.equal(found(text), expected));

  it('adds and removes tokens and leaves the words alone', () => {
    const text = withToken(withToken('login page', 'agent', 'Code Gen'), 'status', 'failed');
    assert.equal(text, 'login page agent:"Code Gen" status:failed');
    assert.deepEqual(
      tokensOf(text).map(({ name, value }) => `${name}=${value}`),
      ['agent=Code Gen', 'status=failed'],
    );
    assert.equal(withToken(text, 'status', 'failed'), text);
    assert.equal(withoutToken(text, 'agent'), 'login page status:failed');
    assert.equal(withoutToken(withToken('a', '-is', 'blocked'), '-is'), 'a');
  });

  it('asks the history for what has ended, and for nothing when nothing of that can match', () => {
    assert.deepEqual(toTaskFilter(parseSearch('status:failed agent:"Code Gen" login', now)), {
      status: ['failed'],
      agents: ['code-gen'],
      text: 'login',
    });
    assert.equal(toTaskFilter(parseSearch('status:running', now)), undefined);
    assert.equal(toTaskFilter(parseSearch('is:open', now)), undefined);
    assert.deepEqual(toTaskFilter(parseSearch('', now)), { status: ['completed', 'failed', 'cancelled'] });
  });
});
