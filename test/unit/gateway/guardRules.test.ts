import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { GUARD_RULES } from '../../support/guardRules';

describe('The rules of the guard that a test must notice', () => {
  it('stand where they are taken away for it, each once', () => {
    const moved = GUARD_RULES.filter(({ file, from }) => readFileSync(file, 'utf8').split(from).length !== 2);
    assert.deepEqual(
      moved.map(({ what }) => what),
      [],
    );
    assert.ok(GUARD_RULES.length > 80);
  });
});
