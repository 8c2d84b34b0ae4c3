import { relative } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

const { eslint, folder, scripts, globals, mostLines } = workerData;
const { ESLint } = (await import(eslint)).default;

/** What is wrong in any browser script; style is its owner's matter. */
const ERRORS = [
  'constructor-super',
  'for-direction',
  'getter-return',
  'no-class-assign',
  'no-compare-neg-zero',
  'no-const-assign',
  'no-constant-binary-expression',
  'no-constant-condition',
  'no-debugger',
  'no-dupe-args',
  'no-dupe-class-members',
  'no-dupe-else-if',
  'no-dupe-keys',
  'no-duplicate-case',
  'no-fallthrough',
  'no-func-assign',
  'no-invalid-regexp',
  'no-obj-calls',
  'no-self-assign',
  'no-setter-return',
  'no-this-before-super',
  'no-undef',
  'no-unreachable',
  'no-unsafe-finally',
  'no-unsafe-negation',
  'use-isnan',
  'valid-typeof',
];
const WARNINGS = ['eqeqeq', 'no-empty', 'no-eval', 'no-implied-eval', 'no-var', 'prefer-const'];

const isModule = (text) => /^[ \t]*(?:import\s*["'{*\w]|export\s*[{*\w])/m.test(text);
/** Classic scripts of a page share what they declare at the top. */
const shared = scripts
  .filter(({ text }) => !isModule(text))
  .flatMap(({ text }) => [...text.matchAll(/^(?:async )?(?:function\*?|class|const|let|var)\s+([\w$]+)/gm)].map(([, name]) => name));
const known = Object.fromEntries([...globals, ...shared].map((name) => [name, 'writable']));

const config = (sourceType) => ({
  cwd: folder,
  // The folder's own config is a program; checking a folder must not run it.
  overrideConfigFile: true,
  overrideConfig: {
    files: ['**/*.js'],
    languageOptions: { ecmaVersion: 'latest', sourceType, globals: known },
    rules: {
      ...Object.fromEntries([...ERRORS.map((rule) => [rule, 'error']), ...WARNINGS.map((rule) => [rule, 'warn'])]),
      // A page may call what a classic script declares at the top.
      'no-unused-vars': ['warn', { vars: 'local' }],
    },
  },
});
const [classic, module] = ['script', 'module'].map((sourceType) => new ESLint(config(sourceType)));

const results = [];
for (const { file, text } of scripts) {
  const [result] = await (isModule(text) ? module : classic).lintText(text, { filePath: file });
  // Relative, so that a finding has its place also when the task names no folder.
  if (result) results.push({ ...result, filePath: relative(folder, file) });
}
const sum = (part) => results.reduce((total, result) => total + result[part], 0);
parentPort.postMessage({
  version: ESLint.version,
  // What ESLint's JSON formatter writes. Loading that by its name would look for a package of this name in the folder first.
  report: JSON.stringify(results),
  errors: sum('errorCount'),
  warnings: sum('warningCount'),
  lines: results
    .flatMap(({ filePath, messages }) => messages.map((found) => ({ ...found, filePath })))
    .sort((a, b) => b.severity - a.severity)
    .slice(0, mostLines)
    .map(
      ({ filePath, line, column, message, ruleId }) =>
        `${filePath}:${line}:${column} ${message.slice(0, 300)}${ruleId ? ` (${ruleId})` : ''}`,
    ),
});
