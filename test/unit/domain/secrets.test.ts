import assert from 'node:assert/strict';
import { Secrets } from '../../../src/server/domain/secrets';

const RANDOM = 'Zm9vYmFyYmF6cXV4MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3A';

describe('Secrets', () => {
  for (const secret of [
    `ttp_${RANDOM}`,
    `tta_01M85NDG3KFHZWVK3P6HQX0DYM.3.${RANDOM.slice(0, 43)}`,
    `ghp_${RANDOM.slice(0, 36)}`,
    `github_pat_${RANDOM}`,
    `glpat-${RANDOM.slice(0, 20)}`,
    `sk-ant-api03-${RANDOM}`,
    `sk-${RANDOM}`,
    `sk_live_${RANDOM}`,
    `xoxb-123456789012-${RANDOM.slice(0, 24)}`,
    'AKIAIOSFODNN7EXAMPLE',
    `AIza${RANDOM.slice(0, 35)}`,
    `npm_${RANDOM.slice(0, 36)}`,
    `hf_${RANDOM.slice(0, 34)}`,
  ])
    it(`that begin with ${secret.slice(0, 6)} are taken out wherever they stand`, () => {
      const secrets = new Secrets();
      for (const around of ['export KEY=%', '{"token":"%"}', 'curl -H "X: %" https://a', '%'])
        assert.equal(secrets.redact(around.replace('%', secret)), around.replace('%', '[secret]'));
    });

  it('of a header are taken out, and its name stays', () => {
    assert.equal(new Secrets().redact(`Authorization: Bearer ${RANDOM}`), 'Authorization: Bearer [secret]');
  });

  it('that agents are given are taken out by their value, the longer first', () => {
    const secrets = new Secrets();
    secrets.know(['hunter22', 'hunter22-and-more', 'short']);
    assert.equal(secrets.redact('a hunter22-and-more, hunter22 and a short one'), 'a [secret], [secret] and a short one');
    assert.deepEqual(secrets.redactAll({ lines: [{ text: 'hunter22', n: 1 }], none: null }), {
      lines: [{ text: '[secret]', n: 1 }],
      none: null,
    });
  });

  it('are not seen in what is none', () => {
    for (const text of ['task-runner', 'sk-8', 'the bearer of news', 'AKIA', '#12 ran tests in tt_x', 'https://a/b?c=npm_x', 'hf_ 1'])
      assert.equal(new Secrets().redact(text), text);
  });
});
