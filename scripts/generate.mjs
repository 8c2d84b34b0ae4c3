import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { getL10nJson } from '@vscode/l10n-dev';
import { build } from 'esbuild';
import { root } from './node24.mjs';
import { listAgentRequests, listCloseCodes, listErrors, listFields, listPresets, listReports, listRoutes } from './protocolTables.mjs';

/** Makes docs/protocol.md, docs/agents.md, docs/openapi.json, the table of drivers, the schemas of `tasktower.agents` and `tasktower.cost.prices`, and those of the files of `.tasktower/`, from the schemas, and l10n/bundle.l10n.json from the texts of the source; `--check` only says what is stale. */
const {
  z,
  protocol,
  rest,
  AnalyticsQuery,
  address,
  version,
  routes,
  openapi,
  AgentConfig,
  DRIVERS,
  Price,
  AgentReport,
  PRESETS,
  REQUIREMENT_GRAMMAR,
  REQUIREMENT_PATTERN,
  roleFor,
  shapes,
} = await loadSchemas();
const schemaOf = (schema, io) => z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' });
const agents = { node: ['js', 'node/agent.mjs'], python: ['python', 'python/agent.py'], shell: ['sh', 'shell/agent.sh'] };

const parts = {
  protocol: () => String(version.PROTOCOL),
  seconds: (name) => String(version[name] / 1000),
  minutes: (name) => String(version[name] / 60_000),
  mib: (name) => String(version[name] / 2 ** 20),
  address: () => listFields(schemaOf(address.Address, 'output')),
  agentRequests: () => listAgentRequests(protocol.AgentRequests, schemaOf, true),
  towerRequests: () => listAgentRequests(protocol.TowerRequests, schemaOf, false),
  reports: () => listReports(schemaOf(AgentReport, 'input')),
  shape: (name) => listFields(schemaOf(shapes[name], 'input')),
  analyticsQuery: () => listFields(schemaOf(AnalyticsQuery, 'input')),
  body: (name) => listFields(schemaOf(rest[name], 'input')),
  routes: () => listRoutes(routes),
  closeCodes: () => listCloseCodes(version.Close),
  errors: () => listErrors(version.RpcError),
  agent: (name) => {
    const [language, file] = agents[name];
    return `\`\`\`${language}\n${read(`examples/agents/${file}`).trimEnd()}\n\`\`\``;
  },
};

parts.agentConfig = () => listFields(schemaOf(AgentConfig, 'input'));
parts.presets = () => listPresets(PRESETS);
const filled = (path) => read(path).replace(/\{\{(\w+)(?: (\w+))?\}\}/g, (_, part, argument) => parts[part](argument));

const [manifest, sentences] = settings();
const stale = [
  ...put('docs/protocol.md', filled('docs/protocol.in.md')),
  ...put('docs/agents.md', filled('docs/agents.in.md')),
  ...put('docs/openapi.json', `${JSON.stringify(openapi, null, 2)}\n`),
  ...put('src/server/runner/drivers/table.ts', driverTable()),
  ...put('package.json', manifest),
  ...put('package.nls.json', sentences),
  ...put('l10n/bundle.l10n.json', await translatable()),
  ...put('schemas/agents.json', fileSchema('Agents of this repository', shapes.TeamFile)),
  ...put('schemas/template.json', fileSchema('A task template of this repository', shapes.TaskTemplate)),
];
if (stale.length > 0 && process.argv.includes('--check')) {
  console.error(`Stale: ${stale.join(', ')}. Run npm run generate.`);
  process.exit(1);
}

function read(path) {
  return readFileSync(join(root, path), 'utf8');
}

/** How the runner finds the file of each driver. */
function driverTable() {
  const line = ([name, { readsMessages = false }]) => {
    const run = `run${name[0].toUpperCase()}${name.slice(1)}`;
    return `  ${name}: lazyDriver(async () => (await import('./${name}')).${run}${readsMessages ? ', { readsMessages }' : ''}),`;
  };
  return [
    '// Made by `npm run generate` from src/server/domain/drivers.ts.',
    "import type { DriverName } from '../../domain/drivers';",
    "import type { Driver } from '../driver';",
    "import { lazyDriver } from '../lazyDriver';",
    '',
    'const readsMessages = true;',
    '',
    '/** Every driver, by the name that settings give it. */',
    'export const drivers: Readonly<Record<DriverName, Driver>> = {',
    ...Object.entries(DRIVERS).map(line),
    '};',
    '',
  ].join('\n');
}

/** The schema of a file of `.tasktower/`, for completion and squiggles in the editor. */
function fileSchema(title, schema) {
  return `${JSON.stringify({ title, ...schemaOf(schema, 'input') }, null, 2)}\n`;
}

/** Writes a file unless it is so already, or only a check was asked for. */
function put(path, text) {
  if (existsSync(join(root, path)) && read(path) === text) return [];
  if (process.argv.includes('--check')) return [path];
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  return [path];
}

/** package.json with the entries of `tasktower.agents` and `tasktower.cost.prices` described, and package.nls.json with their sentences. */
function settings() {
  const manifest = JSON.parse(read('package.json'));
  const nls = Object.fromEntries(Object.entries(JSON.parse(read('package.nls.json'))).filter(([key]) => !key.startsWith('schema.')));
  const named = (key, sentence) => {
    nls[key] = sentence;
    return `%${key}%`;
  };
  const properties = Object.assign({}, ...manifest.contributes.configuration.map((group) => group.properties));
  const { $schema: _, ...items } = schemaOf(AgentConfig, 'input');
  properties['tasktower.agents'].items = described(items, 'schema.agents', named);
  const { $schema: __, ...price } = schemaOf(Price, 'input');
  properties['tasktower.cost.prices'].additionalProperties = described(price, 'schema.prices', named);
  const requirement = properties['tasktower.proof.requires'].items;
  requirement.pattern = REQUIREMENT_PATTERN;
  requirement.patternErrorMessage = named('schema.requires.grammar', `One of ${REQUIREMENT_GRAMMAR}`);
  const { menus } = manifest.contributes;
  menus['webview/context'] = dashboardMenus(menus);
  // The palette has every command: what is refused there says why.
  for (const place of ['view/title', 'view/item/context', 'webview/context', 'editor/context']) menus[place] = menus[place].map(forRole);
  return [manifest, nls].map((value) => `${JSON.stringify(value, null, 2)}\n`);
}

/** An entry of a menu, offered to those alone who may do it. */
function forRole({ command, when, ...rest }) {
  const roles = { viewer: '', operator: ' && tasktower.role != viewer', admin: ' && tasktower.role == admin' };
  return { command, when: `${withoutRole(when)}${roles[roleFor(command)]}`, ...rest };
}

function withoutRole(when) {
  return when.replace(/ && tasktower\.role [!=]= \w+$/, '');
}

/** A schema with the keys of its descriptions, as the editor looks them up in the language of the person. */
function described(schema, path, named) {
  const { description, properties, ...rest } = schema;
  const fields = Object.entries(properties ?? {}).map(([name, field]) => [name, described(field, `${path}.${name}`, named)]);
  return {
    ...rest,
    ...(description === undefined ? {} : { description: named(path, description) }),
    ...(properties === undefined ? {} : { properties: Object.fromEntries(fields) }),
  };
}

/** The texts of the source that are translated, in the order of their letters. */
async function translatable() {
  const files = globSync('src/**/*.{ts,tsx}', { cwd: root }).map((file) => ({
    extension: extname(file),
    contents: withPhrases(read(file)),
  }));
  const texts = await getL10nJson(files.filter(({ contents }) => contents.includes('l10n.t(')));
  const sorted = Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`;
}

/** What is said where it cannot be translated yet is found as if it were. */
function withPhrases(contents) {
  const found = contents.replace(/\b(?<!function )(phrase|wrongState)\(/g, 'l10n.t(');
  return found === contents || contents.includes("'@vscode/l10n'") ? found : `import * as l10n from '@vscode/l10n';\n${found}`;
}

/** The menus of tasks and agents in the Dashboard: those of the trees, whose rows carry the same `viewItem`. All else stays. */
function dashboardMenus(menus) {
  const isOwn = ({ when }) => /^webviewId == tasktower\.dashboard && webviewSection == (task|agent)\b/.test(when);
  const others = (menus['webview/context'] ?? []).filter((entry) => !isOwn(entry));
  const own = menus['view/item/context'].flatMap(({ command, when, group }) => {
    const section = /view == tasktower\.tasks\b/.test(when) ? 'task' : /view == tasktower\.agents\b/.test(when) ? 'agent' : undefined;
    const [item] = /viewItem =~ \/.*\/$/.exec(withoutRole(when)) ?? [];
    if (!section || !item || group.startsWith('inline')) return [];
    return [{ command, when: `webviewId == tasktower.dashboard && webviewSection == ${section} && ${item}`, group }];
  });
  return [...own, ...others];
}

async function loadSchemas() {
  const outfile = join(root, 'out', 'schemas.cjs');
  mkdirSync(join(root, 'out'), { recursive: true });
  const contents = `
    export { z } from 'zod';
    export * as protocol from './src/server/protocol/agent';
    export * as rest from './src/server/protocol/rest';
    export * as address from './src/server/protocol/address';
    export { AnalyticsQuery } from './src/server/protocol/analytics';
    export * as version from './src/server/protocol/version';
    export { PRESETS } from './src/server/domain/presets';
    export { AgentConfig } from './src/server/domain/agent';
    export { DRIVERS } from './src/server/domain/drivers';
    export { Price } from './src/server/domain/prices';
    export { REQUIREMENT_GRAMMAR, REQUIREMENT_PATTERN } from './src/server/domain/requirement';
    export { roleFor } from './src/server/domain/commandRole';
    export { AgentReport } from './src/server/domain/report';
    import { SentLine } from './src/server/domain/report';
    import { EvidenceHead, Metric } from './src/server/domain/evidence';
    import { Limits, Question, Usage } from './src/server/domain/task';
    import { TaskTemplate } from './src/server/domain/template';
    import { TeamFile } from './src/server/domain/teamFile';
    export const shapes = { TaskTemplate, TeamFile, SentLine, EvidenceHead, Metric, Limits, Question, Usage };
    import { routesOf } from './src/server/gateway/gateway';
    import { openapiOf } from './src/server/gateway/openapi';
    // The table alone is wanted: no handler runs, so nothing stands behind them.
    export const routes = routesOf({ door: {} });
    export const openapi = openapiOf(routes);`;
  const stdin = { contents, resolveDir: root, loader: 'js' };
  await build({
    stdin,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile,
    external: ['bufferutil', 'utf-8-validate'],
    logLevel: 'warning',
  });
  return createRequire(import.meta.url)(outfile);
}
