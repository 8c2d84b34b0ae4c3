import assert from 'node:assert/strict';
import { nextIndex } from '../../../src/webviews/evidence/areas';
import { actionOf, KEY_HELP } from '../../../src/webviews/evidence/keyMap';

const NAMED: Record<string, string> = { Space: ' ', Esc: 'Escape', Arrows: 'ArrowLeft' };

describe('The keys of the Evidence panel', () => {
  it('each do one thing', () => {
    const keys = [
      '1',
      '5',
      ' ',
      'a',
      'r',
      'u',
      'j',
      'k',
      'n',
      'p',
      '+',
      '-',
      '0',
      'f',
      '[',
      ']',
      'b',
      'g',
      'd',
      'm',
      '/',
      'Enter',
      'Escape',
      '?',
    ];
    const actions = keys.map((key) => actionOf({ key }));
    assert.equal(new Set(actions).size, keys.length);
    assert.equal(actions.includes(undefined), false);
  });

  it('are all in the help, and the help lists no others', () => {
    for (const { keys } of KEY_HELP)
      for (const key of keys) if (key !== 'Tab') assert.notEqual(actionOf({ key: NAMED[key] ?? key }), undefined, key);
    const listed = new Set(KEY_HELP.flatMap(({ keys }) => keys.map((key) => actionOf({ key: NAMED[key] ?? key }))));
    for (const key of 'abcdefghijklmnopqrstuvwxyz0123456789[]/?+-') {
      const action = actionOf({ key });
      if (action) assert.ok(listed.has(action), key);
    }
  });

  it('leave chords to the editor, and know capitals', () => {
    assert.equal(actionOf({ key: 'a', ctrlKey: true }), undefined);
    assert.equal(actionOf({ key: 'j', metaKey: true }), undefined);
    assert.equal(actionOf({ key: 'ArrowLeft', altKey: true }), undefined);
    assert.equal(actionOf({ key: 'A', shiftKey: true }), 'accept');
    assert.equal(actionOf({ key: 'ArrowUp' }), 'pan.up');
    assert.equal(actionOf({ key: 'ArrowUp', shiftKey: true }), 'page.up');
  });

  it('can be turned off as far as they are single letters', () => {
    assert.equal(actionOf({ key: 'a' }, false), undefined);
    assert.equal(actionOf({ key: '5' }, false), undefined);
    assert.equal(actionOf({ key: 'Escape' }, false), 'escape');
  });

  it('go round the changed areas', () => {
    assert.deepEqual(
      [nextIndex(-1, 4, 1), nextIndex(3, 4, 1), nextIndex(-1, 4, -1), nextIndex(0, 4, -1), nextIndex(-1, 0, 1)],
      [0, 0, 3, 3, -1],
    );
  });
});
