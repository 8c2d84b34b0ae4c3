import assert from 'node:assert/strict';
import { HumanError } from '../../../src/server/base/errors';
import { phrase } from '../../../src/server/domain/phrase';
import { speak } from '../../../src/server/domain/language';
import { Refusal } from '../../../src/server/domain/refusal';
import { spoken } from '../../../src/server/domain/spoken';

describe('What a person reads of a failure', () => {
  beforeEach(() => speak({ '{0} waits for {1}.': '{0} 在等待 {1}。', '{0} is {1}.': '{0} 为“{1}”。', failed: '失败' }));
  afterEach(() => speak({}));

  it('is in their language, and English for programs and logs', () => {
    const refusal = new Refusal('conflict', phrase('{0} waits for {1}.', '#2 Eat', '#1 Cook'), { expected: 3 });
    assert.deepEqual([refusal.message, spoken(refusal)], ['#2 Eat waits for #1 Cook.', '#2 Eat 在等待 #1 Cook。']);
    assert.equal(refusal.data?.expected, 3);
    const trouble = new HumanError(phrase('{0} is {1}.', '#1 Cook', { word: 'failed' }), { cause: new Error('why') });
    assert.deepEqual([trouble.message, spoken(trouble)], ['#1 Cook is failed.', '#1 Cook 为“失败”。']);
  });

  it('comes out of what a tower sends along, whatever its title holds', () => {
    const sent: unknown = JSON.parse(
      JSON.stringify({ detail: '', data: new Refusal('conflict', phrase('{0} waits for {1}.', '{1}', '{0}')).data }),
    );
    assert.equal(spoken(sent), '{1} 在等待 {0}。');
  });

  it('is what was said in English where that is all there is, or nonsense came along', () => {
    assert.equal(spoken(new Error('Out of flour.\nat bake')), 'Out of flour.');
    for (const nonsense of [{ text: 7, args: [] }, { text: '{0}', args: [{}] }, { text: '{0}', args: 'x' }, null, 'text']) {
      assert.equal(spoken(new Refusal('conflict', 'In English.', { phrase: nonsense })), 'In English.');
    }
  });

  it('leaves a hole that nothing fills', () => {
    assert.equal(new HumanError(phrase('{0} and {1}', 'one')).message, 'one and {1}');
  });
});
