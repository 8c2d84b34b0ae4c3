import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, resolve } from 'node:path';

const SOURCES = globSync('src/**/*.{ts,tsx}');
const IMPORT = /^(?:import\b|export\b[^'"\n=]*\bfrom|\}\s*from)[^'"\n=]*['"]([^'"\n]+)['"];|\bimport\(['"]([^'"]+)['"]\)/gm;
/** What the user chose to build on; `@vscode/webview-ui-toolkit` is archived upstream and stays for that. */
const CHOSEN = ['fastq', 'ws', 'sql.js', 'pixelmatch', 'vega', 'vega-lite', 'preact', '@vscode/webview-ui-toolkit', 'zod'];
/** Packages that a launcher of tests, of the build or of the package runs. */
const TOOLS: Readonly<Record<string, string>> = {
  mocha: 'scripts/mochaFile.mjs',
  '@vscode/test-electron': 'test/host/desktop.ts',
  'playwright-core': 'scripts/host.mjs',
  esbuild: 'esbuild.mjs',
  '@vscode/vsce': 'scripts/package.mjs',
  eslint: 'examples/agents/browser/lint.mjs',
  oxlint: 'scripts/check.mjs',
  'oxlint-tsgolint': 'scripts/check.mjs',
  oxfmt: 'scripts/check.mjs',
  typescript: 'scripts/check.mjs',
  node: 'scripts/node24.mjs',
};

/** As much of a rule of the linter as is used here. */
interface Rule {
  create(context: { cwd: string; filename: string; report: () => void }): Partial<Record<string, (node: object) => void>>;
}

describe('The architecture', () => {
  const packageOf = (name: string): string => name.split('/', name.startsWith('@') ? 2 : 1).join('/');
  const importsOf = (files: readonly string[]): Set<string> => {
    const found = files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(([, name = '', lazy = '']) => name || lazy));
    return new Set(found.filter((name) => !/^[./]|^node:|^vscode$/.test(name) && !builtinModules.includes(name)).map(packageOf));
  };
  const runs = (launcher: string, name: string): boolean => readFileSync(launcher, 'utf8').includes(name.split('/').at(-1) ?? name);
  const { devDependencies, engines } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    devDependencies: Record<string, string>;
    engines: { vscode: string };
  };

  it('shows a message through messages.ts alone, which lets no title of an agent become a link', () => {
    const others = globSync('src/extension/**/*.ts').filter((file) =>
      /\.show(Information|Warning|Error)Message\b/.test(readFileSync(file, 'utf8')),
    );
    assert.deepEqual(others, [join('src', 'extension', 'messages.ts')]);
  });

  describe('lets imports point one way', () => {
    let faults: (file: string, imported: string) => number;
    before(async () => {
      const { default: borders } = (await import(join(resolve('scripts'), 'lint', 'borders.mjs'))) as { default: Rule };
      faults = (file, imported) => {
        let found = 0;
        const rule = borders.create({ cwd: process.cwd(), filename: join(process.cwd(), file), report: () => found++ });
        rule.ImportDeclaration?.({ source: { value: imported } });
        return found;
      };
    });

    for (const [file, imported, allowed] of [
      ['src/server/domain/task.ts', 'zod', true],
      ['src/server/domain/task.ts', 'node:fs', false],
      ['src/server/domain/task.ts', 'ulid', false],
      ['src/server/domain/task.ts', '../base/errors', false],
      ['src/server/base/log.ts', '../domain/task', false],
      ['src/server/protocol/rest.ts', '../domain/task', true],
      ['src/server/protocol/rest.ts', '../store/journal', false],
      ['src/server/store/journal.ts', '../domain/ports', true],
      ['src/server/store/journal.ts', '../gateway/gateway', false],
      ['src/server/gateway/rest.ts', '../runner/runner', false],
      ['src/server/runner/runner.ts', '../protocol/agent', true],
      ['src/server/runner/runner.ts', '../store/files', false],
      ['src/server/runner/runner.ts', 'vscode', false],
      ['src/server/start.ts', './store/journal', true],
      ['src/extension/settings.ts', 'vscode', true],
      ['src/extension/settings.ts', '../server/store/journal', false],
      ['src/extension/settings.ts', './extension', false],
      ['src/extension/settings.ts', '../webviews/dashboard/dashboardApp', false],
      ['src/webviews/dashboard/cards.ts', '../../server/domain/task', true],
      ['src/webviews/dashboard/cards.ts', '../../server/store/journal', false],
      ['src/webviews/dashboard/cards.ts', 'vscode', false],
    ] as const) {
      it(`${file} ${allowed ? 'may' : 'must not'} import ${imported}`, () => {
        assert.equal(faults(file, imported), allowed ? 0 : 1);
      });
    }

    it('as the linter has it, on every file', () => {
      const { jsPlugins, rules } = JSON.parse(readFileSync('.oxlintrc.json', 'utf8')) as {
        jsPlugins: string[];
        rules: Record<string, unknown>;
      };
      assert.deepEqual([jsPlugins, rules['tasktower/borders']], [['./scripts/lint/plugin.mjs'], 'error']);
    });
  });

  it('imports the archived toolkit in one place', () => {
    const users = SOURCES.filter((file) => /from '@vscode\/webview-ui-toolkit/.test(readFileSync(file, 'utf8')));
    assert.deepEqual(users, [join('src', 'webviews', 'kit', 'toolkit.tsx')]);
  });

  it('stands on packages that package.json names, each in an exact version', () => {
    for (const name of importsOf(SOURCES)) assert.match(devDependencies[name] ?? 'not named', /^\d+\.\d+\.\d+$/, name);
  });

  it('has each chosen package in code that ships', () => {
    const shipped = importsOf(SOURCES);
    for (const name of CHOSEN) assert.ok(shipped.has(name), name);
  });

  it('names no package that nothing uses', () => {
    const used = importsOf([...SOURCES, ...globSync('test/**/*.ts'), ...globSync('scripts/**/*.mjs'), 'esbuild.mjs']);
    for (const name of Object.keys(devDependencies)) {
      if (name.startsWith('@types/') || used.has(name)) continue;
      const launcher = TOOLS[name] ?? 'esbuild.mjs';
      assert.ok(runs(launcher, name), `${name} is used nowhere`);
    }
    for (const [name, launcher] of Object.entries(TOOLS)) {
      assert.ok(devDependencies[name] !== undefined, `${name} is not named`);
      assert.ok(runs(launcher, name), `${launcher} does not run ${name}`);
    }
  });

  it('uses no API that the oldest editor it lets in does not have', () => {
    assert.equal(engines.vscode, `^${devDependencies['@types/vscode']}`);
  });
});
