import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from './node24.mjs';

/** Agents of others that the suite `agents` really runs, each at the version it was tried with. */
export const AGENTS = {
  kimi: { name: '@moonshot-ai/kimi-code', version: '2.1.0', bin: 'kimi' },
  qwen: { name: '@qwen-code/qwen-code', version: '0.24.4', bin: 'qwen' },
  playwright: { name: '@playwright/mcp', version: '0.0.83', bin: 'playwright-mcp' },
  claude: { name: '@agentclientprotocol/claude-agent-acp', version: '0.101.0', bin: 'claude-agent-acp' },
  codex: { name: '@agentclientprotocol/codex-acp', version: '2.6.0', bin: 'codex-acp' },
  gemini: { name: '@google/gemini-cli', version: '0.61.0', bin: 'gemini' },
  copilot: { name: '@github/copilot', version: '1.0.102', bin: 'copilot' },
  opencode: { name: 'opencode-ai', version: '1.18.33', bin: 'opencode' },
  openclaw: { name: 'openclaw', version: '2026.9.6', bin: 'openclaw' },
  devtools: { name: 'chrome-devtools-mcp', version: '1.11.0', bin: 'chrome-devtools-mcp' },
};

const cache = join(process.env.TASKTOWER_CACHE ?? join(homedir(), '.cache', 'tasktower'), 'agents');

/** Installs an agent once into the cache, in a folder of its own. @returns the path of its program. */
export function ensureAgent(id) {
  const { name, version, bin } = AGENTS[id];
  const home = join(cache, `${id}-${version}`);
  const program = join(home, 'node_modules', '.bin', bin);
  if (existsSync(join(home, 'complete'))) return program;
  console.log(`Installing ${name} ${version} into ${home}…`);
  const making = `${home}.${process.pid}`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  writeFileSync(join(making, 'package.json'), '{"private":true}');
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', `${name}@${version}`], { cwd: making });
  writeFileSync(join(making, 'complete'), version);
  rmSync(home, { recursive: true, force: true });
  renameSync(making, home);
  return program;
}
