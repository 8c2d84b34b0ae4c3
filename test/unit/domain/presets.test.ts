import assert from 'node:assert/strict';
import { AgentConfig } from '../../../src/server/domain/agent';
import { AGENT_PROGRAMS, agentFrom, foundPresets, PRESETS, programOf } from '../../../src/server/domain/presets';

describe('Presets of agents', () => {
  const found = (...programs: string[]): string[] => foundPresets(new Set(programs)).map(({ id }) => id);

  it('are entries that the settings take as they are', () => {
    for (const preset of PRESETS) AgentConfig.parse(agentFrom(preset, {}, []));
    assert.equal(new Set(PRESETS.map(({ id }) => id)).size, PRESETS.length);
  });

  it('are offered once a product, the better way of running it first', () => {
    assert.deepEqual(found('claude'), ['claude-once']);
    assert.deepEqual(found('claude', 'claude-agent-acp', 'kimi'), ['kimi-code', 'claude-code']);
    assert.deepEqual(found('bash'), []);
  });

  it('are looked for by the programs that people install', () => {
    for (const program of ['kimi', 'claude', 'codex', 'gemini', 'qwen', 'opencode', 'openclaw']) {
      assert.ok(AGENT_PROGRAMS.includes(program), program);
      assert.equal(foundPresets(new Set([program])).map(programOf)[0], program);
    }
  });

  it('get another name when theirs is taken', () => {
    const [preset] = foundPresets(new Set(['kimi']));
    assert.ok(preset);
    assert.equal(agentFrom(preset, {}, ['kimi code', 'kimi code 2']).name, 'Kimi Code 3');
  });
});
