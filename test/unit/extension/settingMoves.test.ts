import assert from 'node:assert/strict';
import { movesIn, type SettingMove } from '../../../src/extension/settingMoves';

describe('A setting with a new name', () => {
  const moves: SettingMove[] = [
    { from: 'a.old', to: 'a.new' },
    { from: 'a.older', to: 'a.new' },
    { from: 'b.seconds', to: 'b.ms', as: (value) => (typeof value === 'number' ? value * 1000 : undefined) },
  ];
  const planned = (values: Record<string, unknown>) => movesIn((name) => values[name], moves);

  it('takes its value along, whatever it is', () => {
    for (const value of [3, 0, false, '', null, [{ name: 'x' }]])
      assert.deepEqual(planned({ 'a.old': value }), [{ from: 'a.old', to: 'a.new', value }]);
  });

  it('is left alone where nothing stands under the old one', () => {
    assert.deepEqual(planned({}), []);
    assert.deepEqual(planned({ 'a.new': 1 }), []);
  });

  it('keeps what was written under the new one, and the old value stays to be seen', () => {
    assert.deepEqual(planned({ 'a.old': 1, 'a.new': 2 }), []);
    assert.deepEqual(planned({ 'a.old': 1, 'a.older': 2 }), [{ from: 'a.old', to: 'a.new', value: 1 }]);
  });

  it('may mean the value otherwise; one that it cannot read stays where it is', () => {
    assert.deepEqual(planned({ 'b.seconds': 2 }), [{ from: 'b.seconds', to: 'b.ms', value: 2000 }]);
    assert.deepEqual(planned({ 'b.seconds': 'two' }), []);
  });
});
