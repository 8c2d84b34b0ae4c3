import assert from 'node:assert/strict';
import { templateLabel } from '../../../src/server/domain/builtInTemplates';
import { inEnglish, speak } from '../../../src/server/domain/language';
import { word } from '../../../src/server/domain/words';

describe('The language of what is said', () => {
  beforeEach(() => speak({ failed: '失败', 'Audit a page': '审核页面' }));
  afterEach(() => speak({}));

  it('is English for what is stored, also after something else in it was English, and what it was afterwards', () => {
    const said = inEnglish(() => [inEnglish(() => word('failed')), word('failed')]);
    assert.deepEqual(said, ['failed', 'failed']);
    assert.equal(word('failed'), '失败');
    assert.throws(() => inEnglish(() => assert.fail('Nothing to say.')));
    assert.equal(word('failed'), '失败');
  });

  it('leaves words of others as they are, whatever they are called', () => {
    for (const name of ['constructor', 'toString', '__proto__']) assert.equal(templateLabel({ label: name }), name);
    assert.equal(word('constructor'), 'constructor');
    assert.equal(templateLabel({ label: 'Audit a page' }), '审核页面');
  });
});
