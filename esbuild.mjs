import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { context } from 'esbuild';
import { iconSources, iconStyle } from './scripts/icons.mjs';

const flags = new Set(process.argv.slice(2));
const production = flags.has('--production');

/** Errors of schemas are read in English alone, and all the languages of zod would double a bundle. */
const englishOnly = {
  name: 'english-only',
  setup: ({ onLoad }) =>
    onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
      loader: 'js',
    })),
};

/** The elements of a library that a page uses: its index has all of them, each with code of its own that esbuild must keep. */
const USED =
  /checkbox|dropdown|option|select|listbox|text-(area|field)|design-|foundation-element|form-associated|patterns|utilities|\/di\/|directives/;
const usedElements = {
  name: 'used-elements',
  setup: ({ onLoad }) =>
    onLoad({ filter: /(fast-foundation[\\/]dist[\\/]esm|webview-ui-toolkit[\\/]dist)[\\/]index\.js$/ }, ({ path }) => {
      const lines = readFileSync(path, 'utf8').split('\n');
      return { contents: lines.filter((line) => USED.test(line)).join('\n'), loader: 'js' };
    }),
};

/** What is loaded when the first request for it comes, and by two bundles: it lies beside them once. */
const mcpBeside = {
  name: 'mcp-beside',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^@modelcontextprotocol\/(server|node)$/ }, () => ({ path: './mcpSdk.js', external: true })),
};

/** The oldest Node that runs the extension host of `engines.vscode`. */
const node = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node22',
  sourcemap: !production,
  minify: production,
  logLevel: 'warning',
};
const optionalNatives = ['bufferutil', 'utf-8-validate'];

/** Only what runs inside the editor may import `vscode`; anywhere else the import fails the build. */
const realms = [
  { ...node, entryPoints: ['src/extension/extension.ts'], outdir: 'dist', external: ['vscode', ...optionalNatives], plugins: [mcpBeside] },
  { ...node, entryPoints: { serve: 'src/server/serve/embedded.ts' }, outdir: 'dist', external: optionalNatives, plugins: [mcpBeside] },
  {
    ...node,
    entryPoints: {
      compareWorker: 'src/server/proof/compareWorker.ts',
      reportWorker: 'src/server/proof/reportWorker.ts',
      logWorker: 'src/server/store/logs/logWorker.ts',
      historyWorker: 'src/server/store/historyWorker.ts',
      runner: 'src/server/runner/main.ts',
      prices: 'src/server/pricing/priceList.ts',
      mcpSdk: 'src/server/gateway/mcp/sdk.ts',
      'team/serve': 'src/server/serve/team.ts',
      'team/user': 'src/server/users/main.ts',
    },
    outdir: 'dist',
    external: optionalNatives,
  },
  {
    ...node,
    entryPoints: { 'cli/tasktower': 'src/server/cli/main.ts' },
    outdir: 'dist',
    define: { 'process.env.TASKTOWER_VERSION': JSON.stringify(JSON.parse(readFileSync('package.json', 'utf8')).version) },
  },
];

/** Tests and what they test, file by file as in their folders: bundling all they share once for each takes a multiple of the time. */
const tests = {
  ...node,
  bundle: false,
  // Node's own `import()` wants the ending of a file.
  supported: { 'dynamic-import': false },
  jsx: 'automatic',
  jsxImportSource: 'preact',
  entryPoints: globSync(['src/**/*.{ts,tsx}', 'test/**/*.ts'], { exclude: (name) => name.endsWith('.d.ts') }),
  outbase: '.',
  outdir: 'out',
};

// A test whose source is gone must not run on.
for (const file of globSync('out/test/**/*.test.js')) if (!existsSync(file.replace(/^out.test/, 'test').replace(/js$/, 'ts'))) rmSync(file);

const usedIcons = {
  name: 'used-icons',
  setup: ({ onLoad }) =>
    onLoad({ filter: /codicons[\\/]dist[\\/]codicon\.css$/ }, async () => ({
      contents: await iconStyle(),
      loader: 'css',
      watchFiles: iconSources().map((file) => resolve(file)),
    })),
};
const icons = { codicon: 'node_modules/@vscode/codicons/dist/codicon.css' };
const pages = globSync('src/webviews/*/main.tsx').map((file) => [basename(dirname(file)), file]);
const webviews = [
  {
    bundle: true,
    platform: 'browser',
    format: 'iife',
    target: 'chrome128',
    sourcemap: !production,
    minify: production,
    logLevel: 'warning',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    entryPoints: Object.fromEntries(pages),
    outdir: 'dist/webviews',
  },
];
webviews.push({ ...webviews[0], entryPoints: icons, plugins: [usedIcons] });
// Drawing is loaded when a chart is first seen, as a module of its own.
const charts = { ...webviews[0], format: 'esm', entryPoints: { analyticsCharts: 'src/webviews/analytics/charts/main.ts' } };
webviews.push(charts);

// The same apps in a browser, for a team's tower; the extension does not bring them.
const web = ['dashboard', 'logs', 'evidence', 'analytics', 'signIn'].map((name) => [name, `src/webviews/web/${name}.tsx`]);
const json = (path) => JSON.parse(readFileSync(path, 'utf8'));
const manifest = json('package.json').contributes;
const languages = { en: json('package.nls.json'), zh: json('package.nls.zh-cn.json') };
const titles = new Map(manifest.commands.map(({ command, title }) => [command, title.slice(1, -1)]));
const menus = manifest.menus['webview/context'].map((entry) => {
  const key = titles.get(entry.command);
  // A browser shows what a role may not do, and says why.
  const when = entry.when.replace(/ && tasktower\.role [!=]= \w+$/, '');
  return { ...entry, when, title: languages.en[key], zh: languages.zh[key] };
});
webviews.push({
  ...webviews[0],
  entryPoints: { ...Object.fromEntries(web), theme: 'src/webviews/web/theme.css' },
  outdir: 'dist/web',
  define: {
    ...webviews[0].define,
    TASKTOWER_MENUS: JSON.stringify(menus),
    TASKTOWER_CHINESE: JSON.stringify(json('l10n/bundle.l10n.zh-cn.json')),
  },
});
webviews.push({ ...charts, outdir: 'dist/web' });
webviews.push({ ...webviews[0], entryPoints: icons, outdir: 'dist/web', plugins: [usedIcons] });

for (const folder of ['dist/webviews', 'dist/web']) mkdirSync(folder, { recursive: true });
const copied = [
  ['media/tab-light.svg', 'dist/web/icon.svg'],
  ['node_modules/sql.js/dist/sql-wasm.wasm', 'dist/sql-wasm.wasm'],
  ['node_modules/@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm', 'dist/mozjpeg_dec.wasm'],
  ['node_modules/@jsquash/webp/codec/dec/webp_dec.wasm', 'dist/webp_dec.wasm'],
];
for (const [from, to] of copied) copyFileSync(from, to);
const shipped = [...realms, ...webviews].map((options) => ({
  ...options,
  plugins: [englishOnly, usedElements, ...(options.plugins ?? [])],
  metafile: true,
}));
const builds = await Promise.all([...shipped, ...(production ? [] : [tests])].map((options) => context(options)));
if (flags.has('--watch')) {
  await Promise.all(builds.map((build) => build.watch()));
  console.log('Watching for changes…');
} else {
  const results = await Promise.all(builds.map((build) => build.rebuild()));
  // Whose licences go with the extension: scripts/notices.mjs.
  const inputs = results.flatMap(({ metafile }) => Object.keys(metafile?.inputs ?? {}));
  const foreign = [...inputs, ...copied.map(([from]) => from)].filter((path) => path.includes('node_modules/'));
  writeFileSync('dist/inputs.json', JSON.stringify([...new Set(foreign)].sort()));
  await Promise.all(builds.map((build) => build.dispose()));
}
