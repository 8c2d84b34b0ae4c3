import assert from 'node:assert/strict';
import { PRESETS } from '../../src/server/domain/presets';
import { TowerBench } from '../support/towerBench';
import { until } from '../support/until';
import { realAgent } from './agents';

/** Presets that need an account; without one they must come as far as their handshake and say what is missing. */
const IDS = { 'claude-code': 'claude', codex: 'codex', gemini: 'gemini', copilot: 'copilot', opencode: 'opencode', openclaw: 'openclaw' };

describe('Presets without an account', function () {
  this.timeout(900_000);
  let bench: TowerBench;
  afterEach(() => bench.close());

  for (const [preset, id] of Object.entries(IDS))
    it(`${preset}: starts for real and ends in a clear state`, async () => {
      const { program, path, version } = await realAgent(id);
      const { config } = PRESETS.find((one) => one.id === preset) ?? {};
      assert.ok(config?.command);
      bench = new TowerBench();
      const env = { ...config.env, HOME: bench.home, XDG_CONFIG_HOME: bench.home, XDG_DATA_HOME: bench.home, PATH: path };
      await bench.start({ agents: [{ name: preset, ...config, command: [program, ...config.command.slice(1)], env }] });
      const taskId = await bench.create('Say hello', { limits: { timeMs: 90_000 } });
      await until('the end', () => ['completed', 'failed'].includes(bench.task(taskId).status), 120_000);
      const [attempt] = bench.task(taskId).attempts;
      console.log(
        `      ${preset} ${version}: ${attempt?.outcome} ${attempt?.error?.kind ?? ''}: ${attempt?.error?.message.slice(0, 300) ?? ''}`,
      );
      const lines = await bench.tower.query({ type: 'Logs', filter: { taskId, limit: 20 } });
      for (const { level, text } of lines) console.log(`        ${level} ${text.slice(0, 200)}`);
      assert.ok(attempt?.error, 'nothing was said');
      assert.ok(['auth_required', 'agent_error', 'spawn_failed', 'timeout'].includes(attempt.error.kind), attempt.error.kind);
    });
});
