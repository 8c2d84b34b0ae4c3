import * as l10n from '@vscode/l10n';
import type * as z from 'zod';
import type { AgentConfig } from './agent';

type Config = Omit<z.input<typeof AgentConfig>, 'name'>;

/** What a preset must be told before it can be used. */
export type PresetQuestion = 'folder' | 'url' | 'model' | 'key';

/** A ready entry of `tasktower.agents`. */
export interface Preset {
  id: string;
  /** The name it gets, unless that is taken. */
  name: string;
  group: PresetGroup;
  /** What it does, for people. */
  about: string;
  /** How the program is installed, or where the service comes from. */
  install: string;
  asks: readonly PresetQuestion[];
  config: Config;
}

export type PresetGroup = 'Coding agents' | 'Kimi and CLAWS.BOT services' | 'Language models' | 'Browsers' | 'Command line';

/** Whoever works without a person at its side must say what it did, so that the proof can be judged. */
const CODE =
  'Write the code that the task asks for in this folder, run the tests that there are, and end with what you changed and how you checked it.';
const REVIEW =
  'Review the code that the task names for security faults: injection, broken access control, leaked secrets, unsafe file and process handling. Change nothing. For each fault name file, line, how it can be used, and the smallest fix; end with the list, the worst first.';
const npm = (name: string): string => `npm install --global ${name}`;
const acp = (id: string, name: string, command: string[], install: string, config: Partial<Config> = {}): Preset => ({
  id,
  name,
  group: 'Coding agents',
  about: l10n.t(
    'Works by the Agent Client Protocol ({0}): asks before it acts, shows its plan, hands in its changes as a patch.',
    command.join(' '),
  ),
  install,
  asks: [],
  config: { driver: 'acp', command, skills: ['code'], ...config },
});
const once = (
  id: string,
  name: string,
  output: Config['output'],
  command: string[],
  install: string,
  config: Partial<Config> = {},
): Preset => ({
  id,
  name,
  group: 'Command line',
  about: l10n.t('Runs {0} once for each task, without asking.', command[0] ?? ''),
  install,
  asks: [],
  config: { driver: 'process', output, command, skills: ['code'], ...config },
});
const KIMI_CHECKOUT = l10n.t(
  'The folder of the Kimi checkout, with its .venv. A service that answers already is used, and not stopped by Tasktower.',
);
const python = '.venv/bin/python';
/** One of the services that `start-all.sh` of the checkout starts; that script also kills whatever else holds the port. */
const service = (id: string, name: string, about: string, config: Config): Preset => ({
  id,
  name,
  group: 'Kimi and CLAWS.BOT services',
  about,
  install: KIMI_CHECKOUT,
  asks: ['folder'],
  config: { run: 'service', autoStart: false, ...config },
});
const kimiApi: Config = {
  driver: 'kimiApi',
  command: [python, 'server/api/main.py'],
  url: 'http://127.0.0.1:8000',
  keyFrom: 'KIMI_API_KEY',
};
const model = (id: string, name: string, about: string, config: Config, asks: PresetQuestion[], install: string): Preset => ({
  id,
  name,
  group: 'Language models',
  about,
  install,
  asks,
  config: { driver: 'openai', skills: ['text'], ...config },
});

/** Every agent that Tasktower knows how to run, in the order in which it is offered. */
export const PRESETS: readonly Preset[] = [
  acp('kimi-code', 'Kimi Code', ['kimi', 'acp'], npm('@moonshot-ai/kimi-code'), { env: { KIMI_DISABLE_TELEMETRY: '1' } }),
  acp('claude-code', 'Claude Code', ['claude-agent-acp'], npm('@agentclientprotocol/claude-agent-acp')),
  acp('codex', 'Codex', ['codex-acp'], npm('@agentclientprotocol/codex-acp')),
  acp('gemini', 'Gemini CLI', ['gemini', '--acp'], npm('@google/gemini-cli')),
  acp('copilot', 'Copilot CLI', ['copilot', '--acp', '--stdio'], npm('@github/copilot')),
  acp('qwen', 'Qwen Code', ['qwen', '--acp'], npm('@qwen-code/qwen-code')),
  acp('opencode', 'OpenCode', ['opencode', 'acp'], npm('opencode-ai')),
  acp('openclaw', 'OpenClaw', ['openclaw', 'acp'], npm('openclaw')),
  acp('goose', 'goose', ['goose', 'acp'], l10n.t('The installer of goose; it is not on npm.')),
  {
    ...acp('code-generator', 'Code Generator', ['kimi', 'acp'], npm('@moonshot-ai/kimi-code'), {
      skills: ['code'],
      instructions: CODE,
      env: { KIMI_DISABLE_TELEMETRY: '1' },
    }),
    about: l10n.t('Kimi Code with the order to test what it writes and to say how.'),
  },
  {
    ...acp('security', 'Security', ['kimi', 'acp'], npm('@moonshot-ai/kimi-code'), {
      skills: ['security'],
      instructions: REVIEW,
      env: { KIMI_DISABLE_TELEMETRY: '1' },
    }),
    about: l10n.t('Kimi Code as a reviewer: looks for security faults and changes nothing.'),
  },
  service('kimi-api', 'Kimi API', l10n.t('Asks the Kimi API on port 8000 (/api/chat).'), { ...kimiApi, skills: ['text'] }),
  service('swarm', 'Swarm', l10n.t('Lets a swarm of Kimi agents work on a task (/api/swarm); the field num_agents says how many.'), {
    ...kimiApi,
    endpoint: 'swarm',
    skills: ['swarm'],
  }),
  service('image-generator', 'Image Generator', l10n.t('Makes a picture (/api/image/generate), which is handed in as evidence.'), {
    ...kimiApi,
    endpoint: 'image',
    skills: ['image'],
  }),
  service('kimi-mcp', 'Kimi MCP', l10n.t('Calls kimi.chat of the Kimi toolhost on port 8010.'), {
    driver: 'toolhost',
    command: [python, '-m', 'uvicorn', 'server.mcp_toolhost:app', '--host', '127.0.0.1', '--port', '8010'],
    url: 'http://127.0.0.1:8010',
    keyFrom: 'KIMI_API_KEY',
    tool: { name: 'kimi.chat', input: { messages: [{ role: 'user', content: '{prompt}' }] } },
    skills: ['text'],
  }),
  service('browser-mcp', 'Browser MCP', l10n.t('Renders the HTML of a task on port 8011 and hands in its screenshots.'), {
    driver: 'toolhost',
    command: [python, '-m', 'uvicorn', 'server.browser_mcp:app', '--host', '127.0.0.1', '--port', '8011'],
    url: 'http://127.0.0.1:8011',
    tool: { name: 'test_html', input: { html: '{prompt}', viewport: { width: 1280, height: 800 }, screenshots: [{ name: 'page' }] } },
    skills: ['html'],
  }),
  {
    ...once(
      'claws',
      'CLAWS.BOT',
      'claws',
      ['npx', 'tsx', '{folder}/claws-cli.ts', '{prompt}', '--project', '{cwd}', '--validate'],
      l10n.t('The folder of the CLAWS.BOT checkout.'),
      {
        env: { KIMI_BASE_URL: 'http://localhost:8000', DEFAULT_MODEL: 'kimi-k2.5' },
      },
    ),
    group: 'Kimi and CLAWS.BOT services',
    about: l10n.t(
      'Runs claws-cli.ts for each task: its checkpoints are the progress, its trust score and verification report the evidence.',
    ),
    asks: ['folder'],
  },
  model(
    'moonshot',
    'Kimi (Moonshot)',
    l10n.t('Asks a Kimi model of Moonshot for text. It has no tools and sees no files.'),
    { url: 'https://api.moonshot.ai/v1', model: 'kimi-k2.6', keyFrom: 'MOONSHOT_API_KEY' },
    ['model', 'key'],
    l10n.t('An API key of platform.moonshot.ai.'),
  ),
  model(
    'ollama',
    'Ollama',
    l10n.t('Asks a model that Ollama runs on this machine for text.'),
    { url: 'http://127.0.0.1:11434/v1' },
    ['model'],
    l10n.t('ollama serve, with a model pulled.'),
  ),
  model(
    'lm-studio',
    'LM Studio',
    l10n.t('Asks a model that LM Studio serves on this machine for text.'),
    { url: 'http://127.0.0.1:1234/v1' },
    ['model'],
    l10n.t('LM Studio with its local server started.'),
  ),
  model(
    'openai-compatible',
    'Language model',
    l10n.t('Asks any OpenAI-compatible endpoint for text: vLLM, llama.cpp, LiteLLM, OpenRouter.'),
    { url: 'http://127.0.0.1:8000/v1', keyFrom: 'OPENAI_API_KEY' },
    ['url', 'model', 'key'],
    l10n.t('The address of the endpoint, up to /v1.'),
  ),
  {
    id: 'playwright-mcp',
    name: 'Browser',
    group: 'Browsers',
    about: l10n.t('Opens the address that the prompt is, with Playwright MCP, and hands in a screenshot.'),
    install: npm('@playwright/mcp'),
    asks: [],
    config: {
      driver: 'mcp',
      command: ['playwright-mcp', '--headless', '--isolated'],
      tool: {
        name: 'browser_take_screenshot',
        input: {
          steps: [
            { name: 'browser_resize', input: { width: 1280, height: 800 } },
            { name: 'browser_navigate', input: { url: '{prompt}' } },
            { name: 'browser_take_screenshot', input: {} },
          ],
        },
      },
      skills: ['browser'],
    },
  },
  {
    id: 'chrome-devtools-mcp',
    name: 'Chrome DevTools',
    group: 'Browsers',
    about: l10n.t('Opens the address that the prompt is, with chrome-devtools-mcp, and hands in a screenshot and a Lighthouse report.'),
    install: npm('chrome-devtools-mcp'),
    asks: [],
    config: {
      driver: 'mcp',
      command: ['chrome-devtools-mcp', '--headless', '--isolated', '--no-usage-statistics', '--no-performance-crux'],
      tool: {
        name: 'take_screenshot',
        input: {
          steps: [
            { name: 'new_page', input: { url: '{prompt}' } },
            { name: 'take_screenshot', input: {} },
            { name: 'lighthouse_audit', input: {} },
          ],
        },
      },
      skills: ['browser'],
    },
  },
  once('kimi-once', 'Kimi once', 'kimi', ['kimi', '-p', '{prompt}', '--output-format', 'stream-json'], npm('@moonshot-ai/kimi-code'), {
    env: { KIMI_DISABLE_TELEMETRY: '1' },
  }),
  once(
    'claude-once',
    'Claude once',
    'claude',
    ['claude', '-p', '--output-format', 'stream-json', '--verbose'],
    npm('@anthropic-ai/claude-code'),
    {
      promptOn: 'stdin',
    },
  ),
  once('codex-once', 'Codex once', 'codex', ['codex', 'exec', '--json', '-'], npm('@openai/codex'), { promptOn: 'stdin' }),
  once(
    'openclaw-once',
    'OpenClaw once',
    'openclaw',
    ['openclaw', 'agent', 'exec', '{prompt}', '--cwd', '{cwd}', '--json'],
    npm('openclaw'),
  ),
  {
    id: 'command',
    name: 'My command',
    group: 'Command line',
    about: l10n.t('Any program: it gets the prompt as its argument, its output is the log, exit code 0 means done.'),
    install: l10n.t('Nothing: change the command in the settings.'),
    asks: [],
    config: { driver: 'process', command: ['echo', '{prompt}'] },
  },
];

/** The presets of one product each, the better one first: which of them fits depends on what is installed. */
const PRODUCTS: readonly (readonly string[])[] = [
  ['kimi-code', 'kimi-once'],
  ['claude-code', 'claude-once'],
  ['codex', 'codex-once'],
  ['gemini'],
  ['copilot'],
  ['qwen'],
  ['opencode'],
  ['openclaw', 'openclaw-once'],
  ['goose'],
];

/** The programs that tell which agents are installed. */
export const AGENT_PROGRAMS: readonly string[] = [...new Set(PRODUCTS.flat().map((id) => programOf(presetOf(id))))];

/** One preset for each product whose program is there. */
export function foundPresets(programs: ReadonlySet<string>): Preset[] {
  return PRODUCTS.flatMap((ids) => ids.map(presetOf).find((preset) => programs.has(programOf(preset))) ?? []);
}

function presetOf(id: string): Preset {
  const preset = PRESETS.find((one) => one.id === id);
  if (!preset) throw new Error(`There is no preset ${id}.`);
  return preset;
}

/** The program that a preset runs; empty when it runs none. */
export function programOf({ config }: Preset): string {
  return config.command?.[0] ?? '';
}

/** An entry of `tasktower.agents` from a preset and the answers to what it asks; `taken` are the names in use. */
export function agentFrom(
  preset: Preset,
  answers: Partial<Record<PresetQuestion, string>>,
  taken: readonly string[],
): z.input<typeof AgentConfig> {
  const { folder, url, model } = answers;
  let name = preset.name;
  for (let n = 2; taken.includes(name.toLowerCase()); n++) name = `${preset.name} ${n}`;
  const { command = [] } = preset.config;
  const inCommand = command.some((part) => part.includes('{folder}'));
  const where =
    folder === undefined ? {} : inCommand ? { command: command.map((part) => part.replace('{folder}', folder)) } : { cwd: folder };
  return { name, ...preset.config, ...where, ...(url ? { url } : {}), ...(model ? { model } : {}) };
}

/** How a group of presets is headed. */
export function groupName(group: PresetGroup): string {
  return GROUPS[group]();
}

const GROUPS: Readonly<Record<PresetGroup, () => string>> = {
  'Coding agents': () => l10n.t('Coding agents'),
  'Command line': () => l10n.t('Command line'),
  'Kimi and CLAWS.BOT services': () => l10n.t('Kimi and CLAWS.BOT services'),
  'Language models': () => l10n.t('Language models'),
  Browsers: () => l10n.t('Browsers'),
};
